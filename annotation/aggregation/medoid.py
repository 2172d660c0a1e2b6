"""The answer that is nearest to all others: for free texts, which cannot be added up."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")

# Distances are worked out between so many different answers at most, the ones that were given most often.
MOST_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class Medoid:
    """`index`: of the chosen answer. `closeness`: 1 less the mean distance of the votes from it, in [0, 1].
    `shares`: of each answer, how near it is to all votes, as shares that sum to 1."""

    index: int
    closeness: float
    shares: tuple[float, ...]


def medoid(answers: Sequence[T], distance: Callable[[T, T], float], weights: Sequence[float] | None = None) -> Medoid:
    """Of at least one answer the one with the least total distance; `distance` is 0 for the same, at most 1.

    Of equally near ones the one that was given more often, then the first as text, so that the order of votes does not
    matter (Kaufman & Rousseeuw 1990, Finding groups in data, §2).
    """
    if not answers:
        raise ValueError("There is no answer to choose from.")
    keys = [json.dumps(answer, sort_keys=True, ensure_ascii=False, default=str) for answer in answers]
    counted: dict[str, float] = {}
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        counted[key] = counted.get(key, 0.0) + (1.0 if weights is None else weights[place])
        first.setdefault(key, place)
    different = sorted(counted, key=lambda key: (-counted[key], key))[:MOST_ANSWERS]
    size = len(different)
    apart = np.zeros((size, size))
    for row in range(size):
        for column in range(row):
            apart[row, column] = apart[column, row] = distance(
                answers[first[different[row]]], answers[first[different[column]]]
            )
    votes = np.array([counted[key] for key in different])
    total = max(float(votes.sum()), np.finfo(float).tiny)
    nearness = 1 - apart @ votes / total
    # Rounded, so that sums in another order do not decide.
    best = int(np.round(nearness, 12).argmax())
    worth = np.maximum(nearness, 0.0)
    shares = dict(zip(different, worth / max(float(worth.sum()), np.finfo(float).tiny), strict=True))
    times = {key: keys.count(key) for key in different}
    each = tuple(float(shares.get(key, 0.0)) / times.get(key, 1) for key in keys)
    return Medoid(first[different[best]], float(np.clip(nearness[best], 0.0, 1.0)), each)
