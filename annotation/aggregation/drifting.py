"""Has somebody become better or worse? A trend of shares over windows of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import scipy

# Windows with fewer answers tell nothing about a trend by themselves, though they count in it.
LEAST = 10
LEAST_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Trend:
    """`z`: above 0 where shares rise; `p_value` is two-sided. Both None where there is too little to compare."""

    z: float | None
    p_value: float | None


def trend(windows: Sequence[tuple[int, int]]) -> Trend:
    """(right, answers) of each window in order → the test of Cochran (1954) and Armitage (1955) with equal steps.

    None with fewer than LEAST_WINDOWS windows of LEAST answers, or where all answers are right, or none.
    """
    total, good = sum(count for _, count in windows), sum(right for right, _ in windows)
    telling = sum(count >= LEAST for _, count in windows)
    if telling < LEAST_WINDOWS or good in (0, total):
        return Trend(None, None)
    share = good / total
    mean = sum(place * count for place, (_, count) in enumerate(windows)) / total
    moved = sum(right * (place - mean) for place, (right, _) in enumerate(windows))
    variance = share * (1 - share) * sum(count * (place - mean) ** 2 for place, (_, count) in enumerate(windows))
    z = moved / sqrt(variance)
    return Trend(z, float(2 * scipy.stats.norm.sf(abs(z))))
