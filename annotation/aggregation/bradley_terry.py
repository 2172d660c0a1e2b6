"""Bradley–Terry: comparisons in pairs become strengths, and strengths an order.

R. A. Bradley & M. E. Terry (1952), Rank analysis of incomplete block designs, Biometrika 39. P(i before j) =
1 / (1 + exp(sⱼ − sᵢ)); a tie is half a win for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

# The standard deviation of strengths before anything was compared: who won every time is strong, not infinitely so.
SPREAD = 2.0
ROUNDS = 100
ENOUGH = 1e-10


@dataclass(frozen=True, slots=True)
class Strengths:
    """`values`: [n] log-odds, mean 0. `errors`: [n] their standard errors (Laplace). `order`: best first."""

    values: np.ndarray
    errors: np.ndarray
    order: tuple[int, ...]
    converged: bool

    def before(self, one: int, other: int) -> float:
        """The probability that `one` is put before `other`."""
        return float(expit(self.values[one] - self.values[other]))


def wins_of(
    rankings: Sequence[Sequence[Sequence[int]]], size: int, weights: Sequence[float] | None = None
) -> np.ndarray:
    """[size, size] how often the row was put before the column; in each ranking, groups of ties, best first."""
    wins = np.zeros((size, size))
    for place, ranking in enumerate(rankings):
        weight = 1.0 if weights is None else weights[place]
        for position, group in enumerate(ranking):
            for one in group:
                for other in group:
                    if one != other:
                        wins[one, other] += weight / 2
                for worse in ranking[position + 1 :]:
                    wins[one, list(worse)] += weight
    return wins


def bradley_terry(wins: np.ndarray, *, spread: float = SPREAD) -> Strengths:
    """Strengths that make the wins ([n, n], row before column) likeliest, under a normal prior of that spread.

    Newton's method with halved steps; the objective is strictly concave, so there is one answer, also for alternatives
    that were never compared (0). Equal strengths are ordered by their index.
    """
    size = len(wins)
    values = np.zeros(size)
    precision = np.eye(size) / spread**2
    converged = False
    for _ in range(ROUNDS):
        ahead = expit(values[:, None] - values[None, :])
        missing = wins * (1 - ahead)
        gradient = missing.sum(axis=1) - missing.sum(axis=0) - values / spread**2
        curvature = (wins + wins.T) * ahead * (1 - ahead)
        hessian = np.diag(curvature.sum(axis=1)) - curvature + precision
        step = np.linalg.solve(hessian, gradient)
        if np.abs(step).max(initial=0.0) < ENOUGH:
            converged = True
            break
        reach, now = 1.0, _objective(wins, values, spread)
        while _objective(wins, values + reach * step, spread) < now and reach > ENOUGH:
            reach /= 2
        values = values + reach * step
    values = values - values.mean() if size else values
    errors = np.sqrt(np.diag(np.linalg.inv(hessian))) if size else np.zeros(0)
    order = tuple(int(each) for each in np.argsort(-np.round(values, 9), kind="stable"))
    return Strengths(values, errors, order, converged)


def _objective(wins: np.ndarray, values: np.ndarray, spread: float) -> float:
    apart = values[:, None] - values[None, :]
    return float(-(wins * np.logaddexp(0, -apart)).sum() - (values**2).sum() / (2 * spread**2))
