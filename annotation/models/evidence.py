"""What a model said of items that people answered without seeing it: the same for fitting, reports and lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .annotation import Annotation
from .annotator import Annotator

# The newest answers tell how things stand; all of them would make a page wait for a million rows.
NEWEST = 5_000


@dataclass(frozen=True, slots=True)
class Pair:
    """One model's vote on one item, and everybody's blind answers to it; `who`: the annotators who gave them."""

    item: int
    people: tuple[dict[str, Any], ...]
    answers: dict[str, Any]
    distribution: dict[str, dict[str, float]]
    who: tuple[int, ...] = ()


def blind_pairs(project: int, models: Collection[int], *, newest: int = NEWEST) -> dict[int, list[Pair]]:
    """Per annotator id of `models` its votes beside the newest blind answers of people, in the items' order.

    Hidden check answers are never looked at. A model that learns from answers has seen those that it learned from, so
    of such a one the vote counts that stood when the first person answered.
    """
    answers = (
        Annotation.objects.votes()
        .human()
        .filter(project=project, suggestion_seen=False)
        .order_by("-pk")
        .values_list("item_id", "answers", "created_at", "annotator_id")
    )
    people: dict[int, list[tuple[datetime, dict[str, Any], int]]] = defaultdict(list)
    for item, given, moment, who in answers[:newest]:
        people[item].append((moment, given, who))
    learners = set(
        Annotator.objects.filter(pk__in=models, labeler__checkpoints__isnull=False).values_list("pk", flat=True)
    )
    standing: dict[tuple[int, int], Pair] = {}
    votes = Annotation.objects.filter(item__in=list(people), advice=False).order_by("pk")
    fixed = votes.filter(annotator__in=[pk for pk in models if pk not in learners], superseded_at__isnull=True)
    learned = votes.filter(annotator__in=learners)
    for rows in (fixed, learned):
        for item, model, given, shares, moment in rows.values_list(
            "item_id", "annotator_id", "answers", "distribution", "created_at"
        ):
            if model in learners and moment >= min(answered for answered, *_ in people[item]):
                continue
            # In order of time: a later vote that still stood before the answer takes the earlier one's place.
            said = tuple(each for _, each, _ in people[item])
            standing[item, model] = Pair(item, said, given, shares, tuple(who for *_, who in people[item]))
    pairs: dict[int, list[Pair]] = {model: [] for model in models}
    for (_, model), pair in sorted(standing.items()):
        pairs[model].append(pair)
    return pairs
