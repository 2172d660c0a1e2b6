"""Whether generated texts can be told from real ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annotation.lazily import Library

from .heads import folds, head_on

library = Library("mauve")
LEAST_FAMILIES = 10
BUCKET = 10


def told_apart(
    made: np.ndarray, real: np.ndarray, made_families: Sequence[int], real_families: Sequence[int]
) -> tuple[int, int] | None:
    """(right, looked at) of a head that is to say which of two equally large groups a text is from, held back by
    family: half of them right, and they cannot be told apart (classifier two-sample test, Lopez-Paz & Oquab 2017,
    arXiv:1610.06545). None where there are too few families.

    By family, because a rewriting and what it was made of lie side by side: apart, each would give the other away.
    """
    size = min(len(made), len(real))
    vectors = np.concatenate([made[:size], real[:size]])
    groups = np.array([*made_families[:size], *real_families[:size]])
    if min(len(set(made_families[:size])), len(set(real_families[:size]))) < LEAST_FAMILIES:
        return None
    labels = np.repeat([1, 0], size)
    right = 0
    for known, asked in folds(vectors, labels, groups):
        right += int((head_on(vectors[known], labels[known]).predict(vectors[asked]) == labels[asked]).sum())
    return right, 2 * size


def mauve(made: np.ndarray, real: np.ndarray) -> float:
    """In (0, 1], 1: the same distribution (Pillutla et al. 2021, arXiv:2102.01454), on these vectors in k-means
    buckets of ten texts. It falls with the number of texts: compare groups of one size."""
    size = min(len(made), len(real))
    found = library.compute_mauve(
        p_features=np.ascontiguousarray(real[:size], dtype=np.float32),
        q_features=np.ascontiguousarray(made[:size], dtype=np.float32),
        num_buckets=max(2, size // BUCKET),
        verbose=False,
    )
    return float(found.mauve)
