"""Cohen's κ of every pair of annotators: agreement beyond what their own habits would give by chance."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from .agreement import CONFIDENCE, MOST_VALUES, Distance, distances_met
from .ballots import Ballots
from .scoring import two_sided

NO_CHANCE = "Both gave the same answer to everything, so chance cannot be told."
TOO_MANY = f"More than {MOST_VALUES} different answers were given, so chance cannot be told."


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """`kappa` is None where undefined, and `undefined` then says why. `raw` is 1 less the mean distance.

    `low`, `high`: where κ lies with 95 % confidence; None where it cannot be told.
    """

    first: Hashable
    second: Hashable
    items: int
    raw: float
    kappa: float | None
    low: float | None = None
    high: float | None = None
    undefined: str = ""


def cohen(votes: Ballots, distance: Distance) -> list[PairAgreement]:
    """κ = 1 − D_observed / D_expected of every two annotators who answered an item both (Cohen 1960; by any distance,
    1968), in the order of their names' numbers; chance is what each of the two answered over their common items.

    The interval is the large-sample one of Fleiss, Cohen & Everitt (1969).
    """
    firsts, seconds = votes.pairs()
    swapped = votes.annotators[firsts] > votes.annotators[seconds]
    ones, others = np.where(swapped, seconds, firsts), np.where(swapped, firsts, seconds)
    people = len(votes.annotator_names)
    numbers, pair = np.unique(votes.annotators[ones] * people + votes.annotators[others], return_inverse=True)
    apart = distances_met(votes.answers, votes.codes[ones], votes.codes[others], distance)
    between = None
    if len(votes.answers) <= MOST_VALUES:
        between = np.array([[distance(one, other) for other in votes.answers] for one in votes.answers], dtype=float)
    order = np.argsort(pair, kind="stable")
    ends = np.cumsum(np.bincount(pair, minlength=len(numbers)))
    return [
        _kappa(
            (votes.annotator_names[number // people], votes.annotator_names[number % people]),
            (votes.codes[ones[rows]], votes.codes[others[rows]]),
            apart[rows],
            between,
        )
        for number, rows in zip(numbers, np.split(order, ends[:-1]), strict=bool(len(numbers)))
    ]


def _kappa(
    names: tuple[Hashable, Hashable],
    codes: tuple[np.ndarray, np.ndarray],
    apart: np.ndarray,
    between: np.ndarray | None,
) -> PairAgreement:
    """`apart`: δ of the two on each item. `between`: δ of all answers, None where there are too many."""
    items, observed = len(apart), float(apart.mean())
    if between is None:
        return PairAgreement(*names, items, 1 - observed, None, undefined=TOO_MANY)
    ones, others = codes
    rows = np.bincount(ones, minlength=len(between)) / items
    columns = np.bincount(others, minlength=len(between)) / items
    expected = float(rows @ between @ columns)
    if expected == 0:
        return PairAgreement(*names, items, 1 - observed, None, undefined=NO_CHANCE)
    kappa = 1 - observed / expected
    # With w = 1 − δ: Σ p (w − (w̄ᵢ + w̄ⱼ)(1 − κ))² − (κ − pₑ (1 − κ))², over n (1 − pₑ)².
    near = (1 - between) @ columns, rows @ (1 - between)
    spread = ((1 - apart) - (near[0][ones] + near[1][others]) * (1 - kappa)) ** 2
    variance = float(spread.mean()) - (kappa - (1 - expected) * (1 - kappa)) ** 2
    half = two_sided(CONFIDENCE) * sqrt(max(0.0, variance) / items) / expected
    return PairAgreement(*names, items, 1 - observed, kappa, max(-1.0, kappa - half), min(1.0, kappa + half))
