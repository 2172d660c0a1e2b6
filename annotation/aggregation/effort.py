"""How good is the dataset, and what would further answers add? What a lead decides from when to stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial, sqrt

import numpy as np

from .scoring import two_sided

# Answers to one item that are looked ahead; what more of them would add to it is next to nothing.
ROUNDS = 6
ANSWERS = range(1, ROUNDS + 1)


@dataclass(frozen=True, slots=True)
class Stratum:
    """Items that were decided alike, e.g. by models under a licence, or by two people.

    `checked` of the `items` were drawn at random and compared with the truth (audits, gold, reviewed samples), and
    `right` of those were right. `believed`: Σ posterior over the items, what the model of the votes makes of them.
    """

    items: int
    checked: int
    right: int
    believed: float

    @classmethod
    def of(cls, items: int, checked: int, right: float, believed: float) -> Stratum:
        """Audits are of the same kind as what models settled, but not of it: no more of them count than there are
        items."""
        counted = min(items, checked)
        return cls(items, counted, round(right * counted / checked) if checked else 0, believed)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of items with the right label, and where it lies with 95 % confidence; None where there are no items.

    `measured`: the share of items in strata that were checked. The others count as their posteriors say, so where it
    is 0 the whole is a belief and not a measurement.
    """

    value: float | None
    low: float | None
    high: float | None
    measured: float
    checked: int


def dataset_accuracy(strata: Sequence[Stratum], *, confidence: float = 0.95) -> Accuracy:
    """The stratified estimator Σ (items / all) · right / checked (Cochran 1977, §5), with finite population correction.

    Each variance is that of (right + 1) / (checked + 2), so a stratum of which every check was right is not taken for
    perfect. A stratum without checks adds its Σ posterior, with at most the variance that posteriors of this mean have.
    """
    everything = sum(stratum.items for stratum in strata)
    if not everything:
        return Accuracy(None, None, None, 0.0, 0)
    value = variance = 0.0
    for stratum in strata:
        share = stratum.items / everything
        if stratum.checked:
            smoothed = (stratum.right + 1) / (stratum.checked + 2)
            unseen = max(0.0, 1 - stratum.checked / stratum.items)
            value += share * stratum.right / stratum.checked
            variance += share**2 * unseen * smoothed * (1 - smoothed) / stratum.checked
        elif stratum.items:
            mean = stratum.believed / stratum.items
            value += share * mean
            variance += share**2 * mean * (1 - mean) / stratum.items
    half = two_sided(confidence) * sqrt(variance)
    return Accuracy(
        value=value,
        low=max(0.0, value - half),
        high=min(1.0, value + half),
        measured=sum(stratum.items for stratum in strata if stratum.checked) / everything,
        checked=sum(stratum.checked for stratum in strata),
    )


def gains(posteriors: np.ndarray, competence: float) -> np.ndarray:
    """How many items each further answer puts right, on average: [answers], the most valuable first.

    `posteriors`: [open items, labels], rows sum to 1. `competence`: how often a person is right; otherwise they are
    taken to say each other label as often. Sum the first n for what n answers add: they are worth most where posteriors
    are low and people better than the best guess. Up to ROUNDS answers an item are looked ahead; where only several
    together can overturn the guess, each of them counts for its part of what they add.
    """
    if not 0 < competence < 1:
        raise ValueError(f"a competence of {competence}: it has to lie between 0 and 1")
    items, labels = posteriors.shape
    if not items or labels < 2:
        return np.empty(0)
    ordered = -np.sort(-np.asarray(posteriors, dtype=float), axis=1)
    wrong = (1 - competence) / (labels - 1)
    best = ordered[:, 0]
    added = np.stack([np.zeros(items), *(_overturning(ordered, competence, wrong, count) for count in ANSWERS)])
    # One answer may bring up any label, not only the second.
    rivals = np.concatenate([ordered[:, 1:2], np.repeat(best[:, None], labels - 1, axis=1)], axis=1)
    added[1] = np.maximum(added[1], np.maximum(competence * ordered, wrong * rivals).sum(axis=1) - best)
    shared = np.maximum.accumulate(added)
    for low, high in combinations(range(len(added)), 2):
        for between in range(low + 1, high):
            chord = added[low] + (added[high] - added[low]) * (between - low) / (high - low)
            shared[between] = np.maximum(shared[between], chord)
    return -np.sort(-np.diff(shared, axis=0).ravel())


def _overturning(ordered: np.ndarray, right: float, wrong: float, answers: int) -> np.ndarray:
    """By how much so many answers raise the chance that the better of the two likeliest labels is the right one."""
    best, second = ordered[:, 0], ordered[:, 1]
    # 0 with two labels, where rounding may leave less.
    neither = max(0.0, 1 - right - wrong)
    after = np.zeros_like(best)
    for ones in range(answers + 1):
        for others in range(answers - ones + 1):
            left = answers - ones - others
            ways = factorial(answers) / (factorial(ones) * factorial(others) * factorial(left)) * neither**left
            after += ways * np.maximum(best * right**ones * wrong**others, second * wrong**ones * right**others)
    return np.maximum(after - best, 0.0)


def answers_wanted(found: np.ndarray, items: int, accuracy: float, target: float) -> int | None:
    """How many further answers take a dataset of `items` from this accuracy to the target: 0 where it is reached, None
    where these gains do not suffice. `found`: as `gains` gives them."""
    missing = (target - accuracy) * items
    if missing <= 0:
        return 0
    reached = np.cumsum(found)
    needed = int(np.searchsorted(reached, missing)) + 1
    return needed if needed <= len(reached) else None
