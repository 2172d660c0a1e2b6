"""What could be chance: intervals over seeds and test texts at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .base import Measured

DRAWS = 2_000
TAILS = (2.5, 97.5)


def spelled(right: Sequence[bool] | np.ndarray) -> str:
    """Which test texts were right, a letter each: “1101”."""
    return "".join("1" if each else "0" for each in right)


def share(runs: Sequence[str]) -> Measured:
    """The share right and its interval. `runs`: per seed, which of the same test texts were right (`spelled`)."""
    return _measured(_matrix(runs))


def gain(runs: Sequence[str], others: Sequence[str]) -> Measured:
    """By how much more the first are right: paired by seed and by test text, so what both get wrong cancels out.

    Both the seeds and the texts are drawn anew (a two-way bootstrap, Efron & Tibshirani 1993, ch. 8 and 16): with the
    texts alone, a gain that one lucky seed made would look sure.
    """
    return _measured(_matrix(runs) - _matrix(others))


def separated(found: Measured) -> int:
    """1 where the whole interval is above 0, −1 where it is below, 0 where it holds 0."""
    return int((found.low or 0) > 0) - int((found.high or 0) < 0)


def _matrix(runs: Sequence[str]) -> np.ndarray:
    """[seeds, texts] of 0 and 1."""
    return np.array([[each == "1" for each in run] for run in runs], dtype=np.float64)


def _measured(values: np.ndarray) -> Measured:
    seeds, texts = values.shape
    draw = np.random.default_rng(0)
    # How often each is drawn says the same as which are drawn, and is one product of matrices.
    rows = draw.multinomial(seeds, np.full(seeds, 1 / seeds), DRAWS) / seeds
    columns = draw.multinomial(texts, np.full(texts, 1 / texts), DRAWS) / texts
    means = np.einsum("ds,st,dt->d", rows, values, columns, optimize=True)
    low, high = np.percentile(means, TAILS)
    return Measured(float(values.mean()), float(low), float(high))
