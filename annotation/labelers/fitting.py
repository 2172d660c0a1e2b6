"""Fit a head to answers: one of several options, options on a scale, or options that hold independently."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy
from scipy.special import expit
from threadpoolctl import threadpool_limits

from annotation.lazily import Library

from .heads import Head

linear_model = Library("sklearn.linear_model")

# Unit vectors are stretched by this before a regression with a penalty of ½ |w|² sees them; more where one direction
# is learned for all options.
STRETCH, SCALE_STRETCH = 3.0, 6.0
ROUNDS, CLOSE_ENOUGH = 200, 1e-6
# How little the frequency of a rating is held back, beside the direction of the scale.
LOOSE = 0.05

Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], Head]
"""[n, d] texts, [n, k] targets in [0, 1], [n] weights → a head."""


def multinomial(texts: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> Head:
    """One option holds; the rows of `targets` sum to 1."""
    # A text whose people disagree stands once per answer, weighed by its share.
    rows, chosen = np.nonzero(targets)
    shares = targets[rows, chosen] * weights[rows]
    options, width = targets.shape[1], texts.shape[1]
    coefficients, intercepts = np.zeros((options, width)), np.full(options, np.log(1e-6))
    told = shares > 0
    known = np.unique(chosen[told])
    if len(known) == 1:
        intercepts[known] = 0.0
    elif len(known):
        stretched = texts[rows[told]] * STRETCH
        model = linear_model.LogisticRegression(C=1.0, max_iter=300).fit(
            stretched, chosen[told], sample_weight=shares[told]
        )
        weights_of, offsets = model.coef_, model.intercept_
        if len(known) == 2:
            # scikit-learn keeps one row of log-odds for two classes.
            weights_of, offsets = np.vstack([-weights_of, weights_of]) / 2, np.concatenate([-offsets, offsets]) / 2
        coefficients[known], intercepts[known] = weights_of, offsets
    return Head(coefficients * STRETCH, intercepts)


def ordinal(texts: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> Head:
    """One option of a scale holds: adjacent-category logits (Goodman 1979, JASA 74), one direction for all options.

    The score of option j is tⱼ (w · x) + aⱼ with t evenly spaced: an answer teaches about its neighbours too, and there
    is one vector to learn, however long the scale.
    """
    stretched, options = texts * SCALE_STRETCH, targets.shape[1]
    stops, width = np.linspace(-1.0, 1.0, options), texts.shape[1]
    shares = targets * weights[:, None]
    mass = shares.sum(axis=1, keepdims=True)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        direction, offsets = flat[:width], flat[width:]
        scores = np.outer(stretched @ direction, stops) + offsets
        top = scores.max(axis=1, keepdims=True)
        logs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        error = mass * np.exp(logs) - shares
        cost = -(shares * logs).sum() + (direction @ direction + LOOSE * (offsets @ offsets)) / 2
        slope = np.concatenate([stretched.T @ (error @ stops) + direction, error.sum(axis=0) + LOOSE * offsets])
        return float(cost), slope

    found = _least(loss, width + options)
    return Head(np.outer(stops, found[:width]) * SCALE_STRETCH, found[width:])


def independent(texts: np.ndarray, targets: np.ndarray, weights: np.ndarray, stretch: float = STRETCH) -> Head:
    """Each option holds or does not: one logistic regression per option, all in one go."""
    stretched, options, width = texts * stretch, targets.shape[1], texts.shape[1]
    heavy = weights[:, None]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        rows = flat.reshape(options, width + 1)
        scores = stretched @ rows[:, :width].T + rows[:, width]
        error = heavy * (expit(scores) - targets)
        cost = (heavy * (np.logaddexp(0.0, scores) - targets * scores)).sum()
        penalty = (rows[:, :width] ** 2).sum() + LOOSE * (rows[:, width] ** 2).sum()
        slope = np.hstack([error.T @ stretched + rows[:, :width], error.sum(axis=0)[:, None] + LOOSE * rows[:, width:]])
        return float(cost + penalty / 2), slope.ravel()

    rows = _least(loss, options * (width + 1)).reshape(options, width + 1)
    return Head(rows[:, :width] * stretch, rows[:, width], independent=True)


def _least(loss: Callable[[np.ndarray], tuple[float, np.ndarray]], size: int) -> np.ndarray:
    # One thread: threads that wait for each other on a busy machine cost ten times as much.
    with threadpool_limits(limits=1):
        options = {"maxiter": ROUNDS, "ftol": CLOSE_ENOUGH, "gtol": 0.0}
        return np.asarray(scipy.optimize.minimize(loss, np.zeros(size), jac=True, method="L-BFGS-B", options=options).x)
