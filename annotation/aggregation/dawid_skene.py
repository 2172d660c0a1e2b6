"""Dawid–Skene: each annotator has a confusion matrix, and votes are independent given the true class.

A. P. Dawid & A. M. Skene (1979), Maximum likelihood estimation of observer error-rates using the EM algorithm.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .crowd import Crowd, Fit
from .tallying import as_confusion, check_size, clamp_logs, clamped_shares, confusion_counts, normalised, said

SMOOTHING = 0.01
ROUNDS = 300
ENOUGH = 1e-7


def dawid_skene(
    crowd: Crowd, *, smoothing: float | np.ndarray = SMOOTHING, rounds: int = ROUNDS, enough: float = ENOUGH
) -> Fit:
    """EM from the majority's shares, until the objective grows by less than `enough` per item.

    `smoothing`: added to every cell of the counts (Dirichlet prior of 1 + smoothing), broadcast to [annotators, labels,
    labels]; one hundredth of an answer keeps never from meaning impossible. Known answers are held fixed. Raises
    TooManyLabels.

    Diagnostics: `log_likelihood` of the votes; `objective`, what EM climbs, is that plus the log prior of the matrices.
    """
    check_size(crowd)
    matrix = said(crowd)
    posteriors = clamped_shares(crowd)
    objective, history, converged = -np.inf, [], False
    for _ in range(rounds):
        prior, confusion = estimate(crowd, matrix, posteriors, smoothing)
        joint = clamp_logs(log_joint(matrix, prior, confusion), crowd)
        posteriors, evidence = normalised(joint)
        likelihood = float(evidence.sum())
        before, objective = objective, likelihood + float((smoothing * np.log(confusion)).sum())
        history.append(objective)
        if objective - before < enough * crowd.item_count:
            converged = True
            break
    return Fit(
        posteriors,
        prior,
        confusion,
        "dawid_skene",
        len(history),
        converged,
        {"log_likelihood": likelihood, "objective": objective},
    )


def estimate(
    crowd: Crowd, matrix: sparse.csr_array, posteriors: np.ndarray, smoothing: float | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What classes ([items, labels]) tell of the prior ([labels]) and of the confusion matrices."""
    prior = posteriors.mean(axis=0)
    counts = confusion_counts(matrix, posteriors, crowd.annotator_count)
    return prior / prior.sum(), as_confusion(counts, smoothing)


def log_joint(matrix: sparse.csr_array, prior: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    """[items, labels] log-probability of an item's votes together with its class."""
    annotators, labels, _ = confusion.shape
    spoken = np.log(confusion).transpose(0, 2, 1).reshape(annotators * labels, labels)
    # A class that nobody has is impossible, and 0 · −∞ must not come of it.
    return np.asarray(matrix @ spoken) + np.log(np.maximum(prior, np.finfo(float).tiny))
