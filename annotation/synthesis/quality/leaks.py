"""What must not be in a training set: passages of protected texts, personal data, words that hurt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from annotation.synthesis.filters.base import Company
from annotation.synthesis.filters.contamination import Protected
from annotation.synthesis.filters.pii import Pii
from annotation.synthesis.filters.tokens import tokens_of
from annotation.synthesis.filters.toxicity import THRESHOLD, toxicity_of

from .diversity import unit

SAME = 0.95


def contaminated(
    texts: Sequence[str], vectors: np.ndarray, protected: Sequence[str], protected_vectors: np.ndarray
) -> np.ndarray:
    """bool [n]: shares 13 words in a row with a protected text, 8 where one of the two is short (Brown et al. 2020,
    arXiv:2005.14165), or has a cosine of .95 with one. `vectors` [n, d]; there may be fewer `protected_vectors` [m, d]
    than texts."""
    runs = Protected(Company(fields=(), questions=(), protected=protected))
    found = np.array([bool(runs.shared(tokens_of(text))) for text in texts], dtype=bool)
    if len(texts) and len(protected_vectors):
        found |= (unit(vectors) @ unit(protected_vectors).T).max(axis=1) >= SAME
    return found


def personal(texts: Sequence[str]) -> list[str]:
    """Of each text the kind of personal data in it, e.g. “phone number”; empty where there is none."""
    look = Pii()
    return [look.kind_in(text) for text in texts]


def toxic(texts: Sequence[str]) -> np.ndarray:
    """bool [n]: words that hurt with a probability of at least .8."""
    return np.array([toxicity_of(text) >= THRESHOLD for text in texts], dtype=bool)
