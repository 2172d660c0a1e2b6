"""Ratings on a scale: the mean, the median, and a model in which annotators are strict or lenient, exact or vague.

An annotator who means class z says one near z + bias, with a normal spread of their own, on the steps of the scale: the
discrete form of Raykar et al. 2010, Learning from crowds, §6 (regression), with a bias per annotator.
"""

from __future__ import annotations

import numpy as np

from .crowd import Crowd, Fit
from .majority_vote import majority_vote
from .tallying import check_size, clamp_logs, clamped_shares, confusion_counts, normalised, said

ROUNDS = 200
ENOUGH = 1e-7
# Biases (steps of the scale) and spreads that are tried for each annotator; the best on the grid is exact enough.
BIASES = np.linspace(-2.0, 2.0, 17)
SPREADS = np.geomspace(0.2, 4.0, 14)
BIAS_PRIOR, SPREAD_PRIOR = 1.0, 0.7
# An even share of slips, so that no answer is impossible.
SLIPS = 0.01


def ordinal(crowd: Crowd) -> Fit:
    """EM over classes in their order; each annotator has a bias and a spread. Known answers are held fixed.

    The posteriors' winner is the likeliest class; `median` and `mean` say where the middle is. Diagnostics:
    `objective`, the log-likelihood of the votes plus the log prior of biases and spreads, which EM climbs. Raises
    TooManyLabels.
    """
    check_size(crowd)
    labels = crowd.label_count
    forms = _forms(labels)
    believed = _believed()
    matrix = said(crowd)
    posteriors = clamped_shares(crowd)
    objective, rounds, converged = -np.inf, 0, False
    while rounds < ROUNDS and not converged:
        rounds += 1
        prior = np.maximum(posteriors.mean(axis=0), np.finfo(float).tiny)
        counts = confusion_counts(matrix, posteriors, crowd.annotator_count)
        fits = counts.reshape(len(counts), -1) @ np.log(forms).reshape(len(forms), -1).T + believed
        chosen = fits.argmax(axis=1)
        confusion = forms[chosen]
        spoken = np.log(confusion).transpose(0, 2, 1).reshape(-1, labels)
        posteriors, evidence = normalised(clamp_logs(np.asarray(matrix @ spoken) + np.log(prior), crowd))
        after = float(evidence.sum() + believed[chosen].sum())
        converged, objective = after - objective < ENOUGH * crowd.item_count, after
    return Fit(posteriors, prior, confusion, "ordinal", rounds, converged, {"objective": objective})


def biases(fit: Fit) -> np.ndarray:
    """[annotators] by how many steps each says more (above 0) or less than the others, on average over the classes."""
    steps = np.arange(fit.confusion.shape[2])
    return np.asarray(((fit.confusion @ steps - steps) * fit.prior).sum(axis=1))


def median_vote(crowd: Crowd) -> Fit:
    """The votes' shares, for `median` and `mean`: no assumption about annotators."""
    shares = majority_vote(crowd)
    return Fit(shares.posteriors, shares.prior, shares.confusion, "median")


def median(posteriors: np.ndarray) -> np.ndarray:
    """[items] the class in the middle of each row, the lower one of two: the least expected distance."""
    return np.asarray((np.cumsum(posteriors, axis=1) >= 0.5 - 1e-12).argmax(axis=1), np.int32)


def mean(posteriors: np.ndarray, values: np.ndarray | None = None) -> np.ndarray:
    """[items] the expected value; `values`: [labels] what the classes are worth, or their positions."""
    steps = np.arange(posteriors.shape[1]) if values is None else np.asarray(values, float)
    return np.asarray(posteriors @ steps)


def _forms(labels: int) -> np.ndarray:
    """[biases · spreads, labels, labels] the matrices that an annotator can have."""
    steps = np.arange(labels)
    apart = steps[None, :] - steps[:, None]
    bias, spread = (each.reshape(-1, 1, 1) for each in np.meshgrid(BIASES, SPREADS, indexing="ij"))
    density = np.exp(-((apart - bias) ** 2) / (2 * spread**2))
    rows = density / np.maximum(density.sum(axis=2, keepdims=True), np.finfo(float).tiny)
    return np.asarray((1 - SLIPS) * rows + SLIPS / labels)


def _believed() -> np.ndarray:
    """[biases · spreads] log prior: no bias, and a spread of about one step, are likelier than much of either."""
    bias, spread = np.meshgrid(BIASES, SPREADS, indexing="ij")
    return np.asarray(-(bias**2) / (2 * BIAS_PRIOR**2) - np.log(spread) ** 2 / (2 * SPREAD_PRIOR**2)).reshape(-1)
