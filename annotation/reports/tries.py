"""What a try answered, item by item, beside what people said."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from annotation.models import Annotation, Item, Run, RunPurpose


@dataclass(frozen=True, slots=True)
class Tried:
    """`answers` is None while the item waits or where it failed (`reason` then says why)."""

    item: Item
    answers: dict[str, Any] | None
    confidence: float | None
    rationale: str
    raw_reply: str
    reason: str
    people: list[dict[str, Any]]


def tried_items(run: Run) -> list[Tried]:
    """In the order of the items' ids; nothing for a run that is no try."""
    if run.purpose != RunPurpose.TRY:
        return []
    pieces = list(run.pieces.select_related("item").order_by("item"))
    people: dict[int, list[dict[str, Any]]] = defaultdict(list)
    answers = Annotation.objects.votes().human().filter(item__in=[piece.item_id for piece in pieces]).order_by("pk")
    for item, given in answers.values_list("item_id", "answers"):
        people[item].append(given)
    rows = []
    for piece in pieces:
        said = piece.prediction or {}
        rows.append(
            Tried(
                item=piece.item,
                answers=said.get("answers"),
                confidence=said.get("confidence"),
                rationale=said.get("rationale", ""),
                raw_reply=piece.raw_reply,
                reason=piece.reason,
                people=people[piece.item_id],
            )
        )
    return rows


def newest_try(labeler: int) -> Run | None:
    return Run.objects.filter(labeler=labeler, purpose=RunPurpose.TRY).select_related("labeler", "project").first()
