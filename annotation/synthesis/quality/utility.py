"""What generated texts are worth to whoever trains on them: examined on real texts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .heads import head_on

SEEDS = 5
# Of its texts each training draws so many anew: so seeds differ as training sets do.
DRAWN = 0.8


@dataclass(frozen=True, slots=True)
class Taught:
    """Texts to learn from: `vectors` [n, d], `labels` and `families` [n]."""

    vectors: np.ndarray
    labels: np.ndarray
    families: np.ndarray

    def without(self, families: Sequence[int] | np.ndarray) -> Taught:
        """Those of no such family: what was made of a text may not be learned before an examination on it."""
        kept = ~np.isin(self.families, families)
        return Taught(self.vectors[kept], self.labels[kept], self.families[kept])

    def __add__(self, other: Taught) -> Taught:
        return Taught(
            np.concatenate([self.vectors, other.vectors]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.families, other.families]),
        )


def examined(taught: Taught, test: Taught, *, seeds: int = SEEDS) -> list[np.ndarray] | None:
    """Per seed bool [texts of the test]: which a head gets right that learned from four fifths of `taught`, families of
    the test left out. None where fewer than two labels, or ten texts, are left to learn from.
    """
    taught = taught.without(test.families)
    if len(taught.labels) < 10 or len(set(taught.labels.tolist())) < 2:
        return None
    found = []
    for seed in range(seeds):
        draw = np.random.default_rng(seed).permutation(len(taught.labels))[: max(10, int(DRAWN * len(taught.labels)))]
        labels = taught.labels[draw]
        if len(set(labels.tolist())) < 2:
            return None
        found.append(head_on(taught.vectors[draw], labels).predict(test.vectors) == test.labels)
    return found
