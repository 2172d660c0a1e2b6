"""Linear heads on frozen sentence embeddings: what a trained labeler knows, and what it guesses before it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

COLD_ROUNDS, COLD_TEMPERATURE = 8, 0.5


class UnreadableHead(ValueError):
    """Stored weights that are none."""


@dataclass(frozen=True, slots=True)
class Head:
    """Multinomial logistic regression: `coefficients` [k, d], `intercepts` [k] over the k options of a question."""

    coefficients: np.ndarray
    intercepts: np.ndarray

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """[n, d] unit vectors → [n, k], each row summing to 1."""
        return softmax(vectors @ self.coefficients.T + self.intercepts)


def cold_start(vectors: np.ndarray, names: np.ndarray) -> Head:
    """What the options' names alone say of these texts: [n, d] texts, [t, k, d] names in t phrasings.

    Cosines to the mean name, less each option's average over the texts, which takes out the options that are near
    everything (hubs). Then the clusters are let speak: centroids of the soft assignment join the names, a few rounds of
    expectation maximisation on the sphere (Banerjee et al. 2005) that the names hold in place.
    """
    named = _standardising(unit(names.mean(axis=0)), vectors)
    head = named
    for _ in range(COLD_ROUNDS):
        clustered = _standardising(unit(head.probabilities(vectors).T @ vectors), vectors)
        head = blend(named, clustered, 0.5)
    return head


def blend(first: Head, second: Head, share: float) -> Head:
    """The log-linear pool of two heads: `share` of the first's scores, the rest the second's."""
    return Head(
        share * first.coefficients + (1 - share) * second.coefficients,
        share * first.intercepts + (1 - share) * second.intercepts,
    )


def dump(heads: Sequence[Head]) -> bytes:
    """The heads of a project's questions, in order."""
    tensors = {}
    for position, head in enumerate(heads):
        tensors[f"{position}.coefficients"] = head.coefficients.astype(np.float32)
        tensors[f"{position}.intercepts"] = head.intercepts.astype(np.float32)
    return save(tensors)


def parse(weights: bytes, shapes: Sequence[int]) -> list[Head]:
    """`dump` undone. `shapes`: how many options each question has; UnreadableHead where the weights are of others."""
    try:
        tensors = load(weights)
        heads = [Head(tensors[f"{each}.coefficients"], tensors[f"{each}.intercepts"]) for each in range(len(shapes))]
    except (SafetensorError, KeyError) as error:
        raise UnreadableHead("These are no weights of a trained labeler.") from error
    for head, options in zip(heads, shapes, strict=True):
        if len(head.coefficients) != options:
            raise UnreadableHead("The question's options have changed since this was learned.")
    return heads


def softmax(scores: np.ndarray) -> np.ndarray:
    """[n, k] → rows that sum to 1."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def _standardising(prototypes: np.ndarray, vectors: np.ndarray) -> Head:
    """The head whose scores are cosines to [k, d] prototypes, less each one's mean over the vectors, on one scale."""
    if not len(vectors):
        return Head(prototypes / COLD_TEMPERATURE, np.zeros(len(prototypes)))
    cosines = vectors @ prototypes.T
    centre = cosines.mean(axis=0)
    scale = COLD_TEMPERATURE * (float((cosines - centre).std()) or 1.0)
    return Head(prototypes / scale, -centre / scale)
