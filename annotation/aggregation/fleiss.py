"""Fleiss' κ: agreement of any number of annotators on classes, where chance is how often each class was given."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from .agreement import NO_CHANCE, NO_PAIRS, Agreement, drawn, interval_of
from .ballots import Ballots, kinds_of


def fleiss(votes: Ballots, *, replicates: int = 0) -> Agreement:
    """κ = (P̄ − P̄ₑ) / (1 − P̄ₑ) (Fleiss 1971), as `alpha` of the Agreement; `raw` is P̄.

    Items may have different numbers of votes: P̄ is then the mean of their shares of agreeing pairs, and chance that of
    all votes. Items with fewer than two are left out.
    """
    _, given, times = kinds_of(votes)
    if not len(times):
        return Agreement(None, None, 0, NO_PAIRS)
    sizes = given.sum(axis=1)
    agreeing = ((given * given).sum(axis=1) - sizes) / (sizes * (sizes - 1))
    items = int(times.sum())
    raw = float(times @ agreeing / items)
    (found,) = _kappas(given, agreeing, times[None, :])
    if np.isnan(found):
        return Agreement(None, raw, items, NO_CHANCE)
    replicated = [_kappas(given, agreeing, weights) for weights in drawn(times, replicates)]
    low, high = interval_of(float(found), replicated)
    return Agreement(float(found), raw, items, low=low, high=high)


def _kappas(given: csr_array, agreeing: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """κ under each row of `weights` [replicates, kinds]; NaN where it is undefined."""
    shares = (given.T @ weights.T).T
    shares = shares / shares.sum(axis=1, keepdims=True)
    chance = (shares**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(chance < 1, (weights @ agreeing / weights.sum(axis=1) - chance) / (1 - chance), np.nan)
