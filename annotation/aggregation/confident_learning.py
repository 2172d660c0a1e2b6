"""Labels that a model contradicts with more certainty than it usually has: confident learning (Northcutt, Jiang &
Chuang, JAIR 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Suspect:
    """The item at `place` carries label `given`, where the model says `likely`; `margin`: p(likely) − p(given)."""

    place: int
    given: int
    likely: int
    probability: float
    margin: float


def thresholds(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """float [k]: how sure of a class the model is, on average, where it is the label; ∞ of a class that nothing has."""
    found = np.full(probabilities.shape[1], np.inf)
    for label in np.unique(labels):
        found[label] = probabilities[labels == label, label].mean()
    return found


def suspects(probabilities: np.ndarray, labels: np.ndarray) -> list[Suspect]:
    """`probabilities`: float [n, k], calibrated; `labels`: int [n]. The largest margin first.

    An item is confidently of the likeliest class among those whose threshold its probability reaches; where that is
    not its label, it stands off the diagonal of the confident joint. Thresholds are each class's own, so a model that
    is timid about one class is heard there too.
    """
    if not len(labels):
        return []
    reached = probabilities >= thresholds(probabilities, labels)
    likely = np.where(reached, probabilities, -1.0).argmax(axis=1)
    places = np.arange(len(labels))
    margins = probabilities[places, likely] - probabilities[places, labels]
    chosen = np.flatnonzero(reached.any(axis=1) & (likely != labels) & (margins > 0))
    order = chosen[np.lexsort((chosen, -margins[chosen]))]
    return [
        Suspect(int(at), int(labels[at]), int(likely[at]), float(probabilities[at, likely[at]]), float(margins[at]))
        for at in order
    ]
