"""Krippendorff's α of numbers by level of measurement: nominal, ordinal, interval or ratio."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from .agreement import NO_CHANCE, NO_PAIRS, Agreement, drawn, interval_of
from .ballots import Ballots, kinds_of


def _nominal(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    return np.broadcast_to(values[:, None] != values, (len(given), len(values), len(values))).astype(float)


def _ordinal(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    """The square of how many answers lie between two values, half of those at them counted."""
    places = np.cumsum(given, axis=1) - given / 2
    return (places[:, :, None] - places[:, None, :]) ** 2


def _interval(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    return np.broadcast_to((values[:, None] - values) ** 2, (len(given), len(values), len(values)))


def _ratio(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    sums = values[:, None] + values
    share = np.divide(values[:, None] - values, sums, out=np.zeros_like(sums), where=sums != 0)
    return np.broadcast_to(share**2, (len(given), len(values), len(values)))


# (values [k] ascending, given [r, k]) → δ² [r, k, k], as in Krippendorff (2011).
LEVELS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
    "ratio": _ratio,
}
# Replicates of a bootstrap that are worked out at once have at most so many coincidences.
CELLS_AT_ONCE = 2_000_000


def alpha_at(level: str, votes: Ballots, *, replicates: int = 0) -> Agreement:
    """α of answers that are numbers (of any answers on a nominal scale); `raw` is the share of pairs of equal ones.

    On an ordinal scale distances depend on how often each value was given, so the bootstrap works them out anew.
    """
    codes, given, times = kinds_of(votes)
    if not len(times):
        return Agreement(None, None, 0, NO_PAIRS)
    numbers = codes if level == "nominal" else [float(votes.answers[code]) for code in codes]
    values, order = np.unique(numbers, return_inverse=True)
    items = int(times.sum())
    coincidences, raw = _coincidences(given, order, len(values)), _raw(given, times)
    (found,) = _alphas(level, values, coincidences, times[None, :])
    if np.isnan(found):
        return Agreement(None, raw, items, NO_CHANCE)
    at_once = max(1, CELLS_AT_ONCE // len(values) ** 2)
    replicated = [
        _alphas(level, values, coincidences, weights[start : start + at_once])
        for weights in drawn(times, replicates)
        for start in range(0, len(weights), at_once)
    ]
    low, high = interval_of(float(found), replicated)
    return Agreement(float(found), raw, items, low=low, high=high)


def _coincidences(given: csr_array, order: np.ndarray, count: int) -> csr_array:
    """[kinds, values · values]: ordered pairs of values within an item, each by 1 / (votes − 1).

    `order`: int [codes], the place of each code's value among the `count` values.
    """
    kinds = np.repeat(np.arange(given.shape[0]), np.diff(given.indptr))
    share = given.data / (given.sum(axis=1) - 1)[kinds]
    values = order[given.indices]
    rows, cells, data = [kinds], [values * count + values], [(given.data - 1) * share]
    for apart in range(1, int(np.diff(given.indptr).max())):
        first = np.flatnonzero(kinds[apart:] == kinds[:-apart])
        second = first + apart
        for one, other in ((first, second), (second, first)):
            rows.append(kinds[one])
            cells.append(values[one] * count + values[other])
            data.append(given.data[one] * share[other])
    where = np.concatenate(rows), np.concatenate(cells)
    return csr_array((np.concatenate(data), where), shape=(given.shape[0], count**2))


def _raw(given: csr_array, times: np.ndarray) -> float:
    sizes = given.sum(axis=1)
    same = (given * given).sum(axis=1) - sizes
    return float(times @ same / (times @ (sizes * (sizes - 1))))


def _alphas(level: str, values: np.ndarray, coincidences: csr_array, weights: np.ndarray) -> np.ndarray:
    """α under each row of `weights` [replicates, kinds]; NaN where it is undefined."""
    met = (coincidences.T @ weights.T).T.reshape(len(weights), len(values), len(values))
    given = met.sum(axis=2)
    between = LEVELS[level](values, given)
    chance = (given[:, :, None] * given[:, None, :] * between).sum(axis=(1, 2))
    observed = (met * between).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance > 0, 1 - (given.sum(axis=1) - 1) * observed / chance, np.nan)
