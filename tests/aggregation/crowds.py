"""Crowds for the tests of what is fitted to them."""

from __future__ import annotations

import numpy as np

from annotation.aggregation.crowd import Crowd


def crowd_of(votes: list[tuple[int, int, int]], *, labels: int = 2, known: dict[int, int] | None = None) -> Crowd:
    """(item, annotator, label), and the answers of some items."""
    items, annotators, said = np.array(votes, np.int32).T
    clamped = None
    if known is not None:
        clamped = np.full(items.max() + 1, -1, np.int32)
        clamped[list(known)] = list(known.values())
    return Crowd(items, annotators, said, int(items.max()) + 1, int(annotators.max()) + 1, labels, clamped)


def drawn(
    matrices: np.ndarray, items: int, *, seed: int = 0, per_item: int | None = None, prior: np.ndarray | None = None
) -> tuple[Crowd, np.ndarray]:
    """Annotators who answer by their matrices ([annotators, labels, labels]), and the [items] true classes."""
    draw = np.random.default_rng(seed)
    annotators, labels, _ = matrices.shape
    truth = draw.choice(labels, items, p=prior)
    rows = []
    for item in range(items):
        for annotator in draw.permutation(annotators)[:per_item]:
            rows.append((item, int(annotator), int(draw.choice(labels, p=matrices[annotator, truth[item]]))))
    return crowd_of(rows, labels=labels), truth


def skilled(accuracies: list[float], labels: int) -> np.ndarray:
    """[annotators, labels, labels] of annotators who err evenly."""
    right = np.array(accuracies)[:, None, None]
    return np.asarray(np.where(np.eye(labels, dtype=bool), right, (1 - right) / (labels - 1)))


def shuffled(crowd: Crowd, seed: int = 1) -> Crowd:
    """The same votes in another order."""
    order = np.random.default_rng(seed).permutation(len(crowd.votes))
    return Crowd(
        crowd.items[order],
        crowd.annotators[order],
        crowd.votes[order],
        crowd.item_count,
        crowd.annotator_count,
        crowd.label_count,
        crowd.clamped,
        None if crowd.weights is None else crowd.weights[order],
    )
