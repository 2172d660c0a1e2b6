"""Heads on sentence vectors: what is learned from one group of texts, and asked about another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from annotation.lazily import Library

linear = Library("sklearn.linear_model")
selection = Library("sklearn.model_selection")
FOLDS = 5
# Of fewer texts of a class nothing is learned.
LEAST = 5


def head_on(vectors: np.ndarray, labels: np.ndarray) -> Any:
    """Logistic regression on [n, d] vectors, `labels` [n]: at least two. It has `predict` and `predict_proba`."""
    return linear.LogisticRegression(max_iter=300, C=10.0).fit(vectors, labels)


def folds(vectors: np.ndarray, labels: np.ndarray, families: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(places to learn from, places to ask about): a family is never on both sides, and classes have their shares."""
    yield from selection.StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(vectors, labels, families)


def held_back(vectors: np.ndarray, labels: np.ndarray, families: np.ndarray) -> np.ndarray | None:
    """float [n, k]: the probability of each label in the order of `np.unique`, by heads that saw none of its family.

    None where a class has fewer than five texts or families.
    """
    classes = np.unique(labels)
    by_class = [len(set(families[labels == each].tolist())) for each in classes]
    if len(classes) < 2 or min(by_class) < LEAST:
        return None
    found = np.zeros((len(labels), len(classes)))
    for known, asked in folds(vectors, labels, families):
        if len(set(labels[known].tolist())) < 2:
            return None
        head = head_on(vectors[known], labels[known])
        found[np.ix_(asked, np.searchsorted(classes, head.classes_))] = head.predict_proba(vectors[asked])
    return found
