"""When will it be done? From how much was done in each past step of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
import scipy

# Fewer steps tell no pace.
LEAST_STEPS = 3


@dataclass(frozen=True, slots=True)
class Forecast:
    """Steps of time until it is done: most likely `middle`, between `low` and `high`; None where nobody can tell.

    `high` is infinite where the pace is too uneven to say that it ever will be.
    """

    middle: float | None
    low: float | None = None
    high: float | None = None


def forecast(done: Sequence[float] | np.ndarray, left: float, *, confidence: float = 0.8) -> Forecast:
    """`done`: what was done in each past step of the same length, the idle ones included. `left`: what is left.

    A pace of mean m and variance s² over k steps comes, in T further ones, to mT ± q·s·√(T + T² / k): the steps to
    come vary, and so does m (Fieller 1954). The two T at which that meets `left` are the interval. s² is at least m,
    as of events that come by chance; q is Student's quantile with k − 1 degrees of freedom.
    """
    if left <= 0:
        return Forecast(0.0, 0.0, 0.0)
    steps = np.asarray(done, dtype=float)
    if len(steps) < LEAST_STEPS or not steps.any():
        return Forecast(None)
    pace = float(steps.mean())
    noise = float(scipy.stats.t.ppf((1 + confidence) / 2, len(steps) - 1)) ** 2 * max(float(steps.var(ddof=1)), pace)
    # (m² − noise / k) T² − (2 m left + noise) T + left² = 0
    square, line = pace**2 - noise / len(steps), 2 * pace * left + noise
    root = sqrt(line**2 - 4 * square * left**2)
    # Citardauq's form of the smaller root: it has no difference of two large numbers.
    low = 2 * left**2 / (line + root)
    return Forecast(left / pace, low, (line + root) / (2 * square) if square > 0 else inf)
