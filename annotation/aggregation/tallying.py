"""Votes counted: what every model of the annotators starts from, and what it ends with."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .crowd import Crowd

# 8 bytes each: larger confusion matrices do not fit into the memory of a small server.
MOST_CELLS = 100_000_000


class TooManyLabels(ValueError):
    """Confusion matrices of so many annotators and labels would not fit into memory."""


def said(crowd: Crowd) -> sparse.csr_array:
    """[items, annotators · labels] → the weight with which an annotator said a label of an item.

    Rows are in order of their columns, so that sums do not depend on the order of the votes.
    """
    columns = crowd.annotators.astype(np.int64) * crowd.label_count + crowd.votes
    shape = (crowd.item_count, crowd.annotator_count * crowd.label_count)
    matrix = sparse.csr_array(sparse.coo_array((weights(crowd), (crowd.items.astype(np.int64), columns)), shape=shape))
    matrix.sum_duplicates()
    return matrix


def weights(crowd: Crowd) -> np.ndarray:
    """[v] how much each vote counts."""
    return np.ones(len(crowd.votes)) if crowd.weights is None else np.asarray(crowd.weights, float)


class Tallier:
    """Adds up votes again and again, each time with other weights: they are put in order once."""

    def __init__(self, crowd: Crowd) -> None:
        cells = crowd.items.astype(np.int64) * crowd.label_count + crowd.votes
        self._order = np.lexsort((crowd.annotators, cells))
        self._cells = cells[self._order]
        self._shape = crowd.item_count, crowd.label_count

    def totals(self, vote_weights: np.ndarray) -> np.ndarray:
        """[v] weights → [items, labels] their sums, the same ones whatever the order of the votes."""
        items, labels = self._shape
        return np.bincount(self._cells, vote_weights[self._order], minlength=items * labels).reshape(self._shape)


def tally(crowd: Crowd, vote_weights: np.ndarray | None = None) -> np.ndarray:
    """[items, labels] the weight of the votes for each label; `vote_weights` ([v]) in place of the crowd's own."""
    return Tallier(crowd).totals(weights(crowd) if vote_weights is None else vote_weights)


def is_known(crowd: Crowd) -> np.ndarray:
    """[items] whether the answer is known."""
    return np.zeros(crowd.item_count, bool) if crowd.clamped is None else np.asarray(crowd.clamped) >= 0


def clamp(posteriors: np.ndarray, crowd: Crowd) -> np.ndarray:
    """[items, labels] with certainty in the rows whose answer is known; changed in place."""
    if crowd.clamped is not None:
        known = is_known(crowd)
        posteriors[known] = 0.0
        posteriors[known, np.asarray(crowd.clamped)[known]] = 1.0
    return posteriors


def shares(totals: np.ndarray, prior: np.ndarray | None = None) -> np.ndarray:
    """Rows of totals as shares; a row without votes is `prior`, or even."""
    sums = totals.sum(axis=1, keepdims=True)
    nothing = np.full(totals.shape[1], 1 / totals.shape[1]) if prior is None else prior
    return np.where(sums > 0, totals / np.where(sums > 0, sums, 1.0), nothing)


def clamped_shares(crowd: Crowd, vote_weights: np.ndarray | None = None) -> np.ndarray:
    """[items, labels] shares of the votes; certainty where the answer is known."""
    return clamp(shares(tally(crowd, vote_weights)), crowd)


def clamp_logs(joint: np.ndarray, crowd: Crowd) -> np.ndarray:
    """[items, labels] log-probabilities, with none left for what a known answer is not; changed in place."""
    if crowd.clamped is not None:
        known = is_known(crowd)
        kept = joint[known, np.asarray(crowd.clamped)[known]]
        joint[known] = -np.inf
        joint[known, np.asarray(crowd.clamped)[known]] = kept
    return joint


def normalised(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[items, labels] log-probabilities → rows that sum to 1, and [items] the logarithms of what they summed to."""
    highest = joint.max(axis=1, keepdims=True)
    rows = np.exp(joint - highest)
    sums = rows.sum(axis=1, keepdims=True)
    return rows / sums, (highest + np.log(sums))[:, 0]


def fits_in_memory(crowd: Crowd) -> bool:
    """Whether a confusion matrix of each annotator does."""
    return crowd.annotator_count * crowd.label_count**2 <= MOST_CELLS


def check_size(crowd: Crowd) -> None:
    """Raises TooManyLabels where confusion matrices would not fit into memory."""
    if not fits_in_memory(crowd):
        raise TooManyLabels(
            f"{crowd.annotator_count:,} annotators and {crowd.label_count:,} labels are too many for confusion"
            " matrices; majority, wawa, mace and one_coin do without."
        )


def confusion_counts(matrix: sparse.csr_array, posteriors: np.ndarray, annotators: int) -> np.ndarray:
    """[annotators, labels, labels] expected weight of what an annotator said (last axis) of a class (middle axis)."""
    labels = posteriors.shape[1]
    counts = np.asarray(matrix.T @ posteriors).reshape(annotators, labels, labels)
    return counts.transpose(0, 2, 1)


def as_confusion(counts: np.ndarray, smoothing: float | np.ndarray) -> np.ndarray:
    """Counts, and `smoothing` added to each (broadcast), as rows that sum to 1."""
    smoothed = counts + smoothing
    return smoothed / smoothed.sum(axis=2, keepdims=True)


def confusion_after(crowd: Crowd, posteriors: np.ndarray) -> np.ndarray:
    """[annotators, labels, labels] what a model without confusion matrices amounts to: its posteriors, compared with
    what was said. Classes that an annotator met seldom are filled up with what the whole crowd says of them; empty
    ([0, labels, labels]) where the matrices would not fit into memory.
    """
    if not fits_in_memory(crowd):
        return np.empty((0, crowd.label_count, crowd.label_count))
    counts = confusion_counts(said(crowd), posteriors, crowd.annotator_count)
    return as_confusion(counts, pooled(counts))


def pooled(counts: np.ndarray) -> np.ndarray:
    """[1, labels, labels] what the whole crowd says of a class, rows that sum to 1; a class nobody met is mostly
    called by its name."""
    labels = counts.shape[1]
    return as_confusion(counts.sum(axis=0, keepdims=True), 1 / labels + np.eye(labels))
