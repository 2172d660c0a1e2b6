"""Krippendorff's α: agreement beyond chance for any number of annotators, missing votes, and any distance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from annotation.questions import Answer

# Chance is worked out over all pairs of different values; of very many, over these that were given most often.
MOST_VALUES = 400


@dataclass(frozen=True, slots=True)
class Agreement:
    """`alpha` is None where undefined, and `undefined` then says why. `raw` is 1 less the mean distance of pairs."""

    alpha: float | None
    raw: float | None
    items: int
    undefined: str = ""


def alpha(units: Iterable[Sequence[Answer]], distance: Callable[[Answer, Answer], float]) -> Agreement:
    """α = 1 − D_observed / D_expected over units, one unit being the votes on one item (Krippendorff 2011).

    `distance`: 0 for the same answers, at most 1. Units with fewer than two votes carry no pairs and are left out.
    """
    totals: Counter[str] = Counter()
    answers: dict[str, Answer] = {}
    observed = apart = 0.0
    items = pairs = 0
    for unit in units:
        size = len(unit)
        if size < 2:
            continue
        items += 1
        keys = [json.dumps(vote, sort_keys=True) for vote in unit]
        answers.update(zip(keys, unit, strict=True))
        counts = Counter(keys)
        totals.update(counts)
        between = sum(
            counts[one] * counts[other] * distance(answers[one], answers[other])
            for one, other in combinations(counts, 2)
        )
        observed += 2 * between / (size - 1)
        apart += 2 * between
        pairs += size * (size - 1)
    if not items:
        return Agreement(None, None, 0, "No item has two answers yet.")
    expected = _expected(Counter(dict(totals.most_common(MOST_VALUES))), answers, distance)
    raw = 1 - apart / pairs
    if expected == 0:
        return Agreement(None, raw, items, "Everyone gave the same answer to everything, so chance cannot be told.")
    return Agreement(1 - observed / sum(totals.values()) / expected, raw, items)


def _expected(totals: Counter[str], answers: dict[str, Answer], distance: Callable[[Answer, Answer], float]) -> float:
    """The mean distance of two votes drawn without regard to their items."""
    votes = sum(totals.values())
    between = sum(
        totals[one] * totals[other] * distance(answers[one], answers[other]) for one, other in combinations(totals, 2)
    )
    return 2 * between / (votes * (votes - 1))
