"""Votes in columns, and what every model of the annotators makes of them: the contract of the statistics here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class Crowd:
    """Votes of `v` annotations that each name one of `labels` classes.

    `items`, `annotators`, `votes`: int32 [v], indices below the counts. `clamped`: int32 [items], the class of an item
    whose answer is known (gold, or a reviewer's), else -1. `weights`: float [v], how much each vote counts.
    """

    items: np.ndarray
    annotators: np.ndarray
    votes: np.ndarray
    item_count: int
    annotator_count: int
    label_count: int
    clamped: np.ndarray | None = None
    weights: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """What a model made of a crowd.

    `posteriors`: float [items, labels], rows sum to 1. `prior`: float [labels]. `confusion`: float [annotators,
    labels, labels], what an annotator says (last axis) of an item of a class (middle axis), rows sum to 1: with it a
    new vote is counted without fitting anew (`fitted`). `diagnostics`: what people are told, e.g. log-likelihood.
    `power`: by how much the log-likelihood of each vote is multiplied; below 1 where annotators err together.
    """

    posteriors: np.ndarray
    prior: np.ndarray
    confusion: np.ndarray
    method: str
    iterations: int = 0
    converged: bool = True
    diagnostics: Mapping[str, float] = field(default_factory=dict)
    power: float = 1.0


Fitter = Callable[[Crowd], Fit]
