"""Items in review that one decision may hold for: the same reason, the same answer ahead, alike in words or votes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from annotation.models import Annotation, Consensus, Item, Project
from annotation.models.filters import Filters
from annotation.questions import as_text

from .meaning import nearest, vector_of
from .ordering import in_order

SHOWN = 50
# Looked at, by meaning and in order of import each.
CANDIDATES = 200
# From this similarity on (0 to 100), two texts say nearly the same.
NEAR = 70.0


@dataclass(frozen=True, slots=True)
class LookAlike:
    """`similarity` of the texts, 0 to 100; None where nobody has read one of them yet. `same_votes`: people and models
    answered both alike."""

    item: Item
    text: str
    similarity: float | None
    same_votes: bool


def look_alikes(project: Project, item: Item) -> list[LookAlike]:
    """At most SHOWN, the most alike first: those with the same votes, and those near by on which the same leads."""
    if not item.review_reason:
        return []
    alike = Filters(reason=item.review_reason)
    vector = vector_of(item)
    near = dict(nearest(project, vector, alike, beside=item.pk, size=CANDIDATES)) if vector is not None else {}
    same_reason = Item.objects.filter(project=project, review_reason=item.review_reason).exclude(pk=item.pk)
    others = same_reason.order_by("pk").values_list("pk", flat=True)[:CANDIDATES]
    found = list(dict.fromkeys([*near, *others]))
    votes, leading = _votes([item.pk, *found]), _leading([item.pk, *found])
    chosen: list[tuple[bool, float, int]] = []
    for pk in found:
        same_votes = bool(votes[item.pk]) and votes[pk] == votes[item.pk]
        close = near.get(pk, 0.0) >= NEAR and leading[pk] == leading[item.pk]
        if same_votes or close:
            chosen.append((same_votes, near.get(pk, -1.0), pk))
    chosen.sort(key=lambda each: (-each[0], -each[1], each[2]))
    first = project.fields[0]
    alikes = {pk: (similarity, same) for same, similarity, pk in chosen[:SHOWN]}
    return [
        LookAlike(
            row,
            as_text(first["type"], row.fields.get(first["name"])),
            alikes[row.pk][0] if row.pk in near else None,
            alikes[row.pk][1],
        )
        for row in in_order(list(alikes))
    ]


def _votes(items: Collection[int]) -> dict[int, list[str]]:
    """Item → what people and models said, without who."""
    said: dict[int, list[str]] = defaultdict(list)
    rows = Annotation.objects.votes().filter(item__in=items).order_by()
    for item, kind, answers in rows.values_list("item_id", "annotator__kind", "answers"):
        said[item].append(f"{kind} {json.dumps(answers, sort_keys=True)}")
    for each in said.values():
        each.sort()
    return said


def _leading(items: Collection[int]) -> dict[int, dict[str, Any]]:
    leading: dict[int, dict[str, Any]] = defaultdict(dict)
    for item, question, value in Consensus.objects.filter(item__in=items).values_list("item_id", "question", "value"):
        leading[item][question] = value
    return leading
