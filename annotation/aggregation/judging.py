"""What sways a judge besides the text: places, its own family's answers, length; each with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

import scipy

from .scoring import wilson

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Lean:
    """How far something leans, with its interval of 95 % and what it was seen on; None of it where nothing was."""

    value: float | None
    low: float | None
    high: float | None
    count: int


NOTHING = Lean(None, None, None, 0)


def share_of(hits: int, count: int) -> Lean:
    """A share of things seen, by Wilson's interval (1927)."""
    if not count:
        return NOTHING
    low, high = wilson(hits, count)
    return Lean(hits / count, low, high, count)


def mean_of(differences: Sequence[float]) -> Lean:
    """The mean of paired differences, by Student's interval. Of one alone there is no interval."""
    if len(differences) < 2:
        return Lean(differences[0], None, None, 1) if differences else NOTHING
    mean, error = fmean(differences), stdev(differences) / sqrt(len(differences))
    reach = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(differences) - 1)) * error
    return Lean(mean, mean - reach, mean + reach, len(differences))


def flips(pairs: Sequence[tuple[bool, bool]]) -> tuple[Lean, Lean]:
    """(share of verdicts that turned with the order, share of answers that took what was listed first).

    `pairs`: of each question that was put in both orders, whether its answer was the first listed, in the one order and
    in the other. Who answers alike takes the first in exactly one of them, so ½ is no leaning. After Zheng et al.
    2023 (arXiv:2306.05685, §3.3).
    """
    turned = sum(one == other for one, other in pairs)
    firsts = sum(one + other for one, other in pairs)
    return share_of(turned, len(pairs)), share_of(firsts, 2 * len(pairs))


def beyond_people(pairs: Sequence[tuple[bool, Sequence[bool]]]) -> Lean:
    """How much oftener the judge does something than people do on the same items, from −1 to 1.

    `pairs`: of each item, whether the judge did, and whether each person did. Comparing with people on the same items
    is what tells a leaning from being right (Panickssery et al. 2024, arXiv:2404.13076).
    """
    return mean_of([float(judge) - fmean(people) for judge, people in pairs if people])
