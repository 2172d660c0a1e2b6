"""From a fit of a crowd to what is kept of it: the annotators' matrices, and how sharply votes are to be counted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from .crowd import Crowd, Fit
from .fitted import LEAST, Matrices

# The powers that are tried, and by how many nats per item one has to be better than counting votes in full.
SHARPNESS = np.geomspace(1.0, 0.05, 25)
BETTER = 0.005


def matrices_of(
    method: str,
    options: Sequence[str],
    fits: Sequence[tuple[Crowd, Fit, np.ndarray]],
    human: Callable[[int], bool],
) -> Matrices:
    """`fits`: per decision its crowd, its fit and [annotators] ids; `human`: whether an id is a person's."""
    annotators = sorted({int(each) for _, _, ids in fits for each in ids})
    people = np.stack([_pooled(crowd, fit, [human(int(each)) for each in ids]) for crowd, fit, ids in fits])
    has_models = not all(human(each) for each in annotators)
    models = np.stack([_pooled(crowd, fit, [not human(int(each)) for each in ids]) for crowd, fit, ids in fits])
    known: dict[int, np.ndarray] = {}
    for annotator in annotators:
        rows = people.copy() if human(annotator) else models.copy()
        for place, (_, fit, ids) in enumerate(fits):
            at = np.flatnonzero(ids == annotator)
            if len(at) and len(fit.confusion):
                rows[place] = fit.confusion[at[0]]
        known[annotator] = rows
    return Matrices(
        method=method,
        options=tuple(options),
        prior=np.stack([fit.prior for _, fit, _ in fits]),
        confusion=known,
        people=people,
        models=models if has_models else None,
        sharpness=float(np.mean([sharpness(crowd, fit) for crowd, fit, _ in fits])),
    )


def sharpness(crowd: Crowd, fit: Fit) -> float:
    """The power of the votes' likelihood with which independent votes come nearest to the fit's own posteriors.

    The fit's own, where it has one. 1 where it takes votes for independent; below, where it found that annotators err
    together: then a vote is worth less than its matrix says, because the others have said it already.
    """
    open_items = np.ones(crowd.item_count, bool) if crowd.clamped is None else np.asarray(crowd.clamped) < 0
    if fit.power != 1.0 or not open_items.any():
        return fit.power
    heard, prior = _log_likelihood(crowd, fit)[open_items], np.log(np.maximum(fit.prior, LEAST))
    wanted = fit.posteriors[open_items]

    def missed(power: float) -> float:
        joint = prior + power * heard
        joint -= joint.max(axis=1, keepdims=True)
        logs = joint - np.log(np.exp(joint).sum(axis=1, keepdims=True))
        return float(-(wanted * logs).sum(axis=1).mean())

    losses = [missed(power) for power in SHARPNESS]
    best = int(np.argmin(losses))
    return float(SHARPNESS[best]) if losses[0] - losses[best] > BETTER else 1.0


def agreement(crowd: Crowd, posteriors: np.ndarray) -> np.ndarray:
    """[annotators] the share of an annotator's votes that are the likeliest answer, shrunk towards everybody's."""
    right = (posteriors.argmax(axis=1)[crowd.items] == crowd.votes).astype(float)
    given = np.bincount(crowd.annotators, minlength=crowd.annotator_count)
    agreed = np.bincount(crowd.annotators, right, minlength=crowd.annotator_count)
    return np.asarray((agreed + 2 * right.mean()) / (given + 2))


def _pooled(crowd: Crowd, fit: Fit, chosen: Collection[bool]) -> np.ndarray:
    """[k, k] what the chosen annotators say on average, those who said more counting more; an even guess leaning to
    the truth where nobody is chosen."""
    mask = np.array(list(chosen), bool)
    labels = crowd.label_count
    if not mask.any() or not len(fit.confusion):
        leaning = np.full((labels, labels), 1 / labels) + np.eye(labels)
        return np.asarray(leaning / leaning.sum(axis=1, keepdims=True))
    given = np.bincount(crowd.annotators, minlength=crowd.annotator_count)[mask]
    return np.asarray(np.average(fit.confusion[mask], axis=0, weights=np.maximum(given, 1)))


def _log_likelihood(crowd: Crowd, fit: Fit) -> np.ndarray:
    """[items, labels] of an item's votes."""
    spoken = np.log(np.maximum(fit.confusion, LEAST))
    weights = np.ones(len(crowd.votes)) if crowd.weights is None else crowd.weights
    columns = [
        np.bincount(crowd.items, weights * spoken[crowd.annotators, label, crowd.votes], minlength=crowd.item_count)
        for label in range(crowd.label_count)
    ]
    return np.stack(columns, axis=1)
