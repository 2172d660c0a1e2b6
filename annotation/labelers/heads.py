"""Linear heads on frozen sentence embeddings: what a trained labeler knows, and what it guesses before it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save
from scipy.special import expit, logit

COLD_ROUNDS, COLD_TEMPERATURE = 8, 0.5
BISECTIONS = 40
# How many standard deviations of the texts' places a scale reaches to either side.
SCALE_REACH = 1.5


class UnreadableHead(ValueError):
    """Stored weights that are none."""


@dataclass(frozen=True, slots=True)
class Head:
    """Logistic regression: `coefficients` [k, d], `intercepts` [k] over the k options of a question.

    Multinomial, or `independent`: then each option holds or does not, whatever the others do.
    """

    coefficients: np.ndarray
    intercepts: np.ndarray
    independent: bool = False

    def probabilities(self, vectors: np.ndarray) -> np.ndarray:
        """[n, d] unit vectors → [n, k], each row summing to 1 unless the options are independent."""
        scores = vectors @ self.coefficients.T + self.intercepts
        return expit(scores) if self.independent else softmax(scores)


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


def freed(head: Head, vectors: np.ndarray, expected: float) -> Head:
    """The head with its options independent: each holds for as many of these texts as if `expected` of all held."""
    share = min(0.9, max(1e-3, expected / len(head.intercepts)))
    scores = vectors @ head.coefficients.T
    low, high = -30.0 - np.abs(scores).max(initial=0), 30.0 + np.abs(scores).max(initial=0)
    lows, highs = np.full(len(head.intercepts), low), np.full(len(head.intercepts), high)
    # The mean probability rises with the intercept, so halving finds where it is the share.
    for _ in range(BISECTIONS if len(vectors) else 0):
        middle = (lows + highs) / 2
        above = expit(scores + middle).mean(axis=0) > share
        lows, highs = np.where(above, lows, middle), np.where(above, middle, highs)
    intercepts = (lows + highs) / 2 if len(vectors) else np.full(len(head.intercepts), logit(share))
    return Head(head.coefficients, intercepts, independent=True)


def along_scale(low: np.ndarray, high: np.ndarray, vectors: np.ndarray, options: int) -> Head:
    """What the names of a scale's ends alone say: [d] each, [n, d] texts; options stand evenly between them.

    The texts' places between the ends, standardised over all of them, are taken for ratings that are normally
    distributed about the middle: nobody has said yet how the scale is used.
    """
    direction = high - low
    places = vectors @ direction
    scale = (float(places.std()) if len(places) > 1 else 0.0) or 1.0
    stops = np.linspace(-SCALE_REACH, SCALE_REACH, options)
    # −(place − stop)² / 2 less what is the same for all stops.
    middle = float(places.mean()) if len(vectors) else 0.0
    return Head(np.outer(stops, direction) / scale, -stops * middle / scale - stops**2 / 2)


def blend(first: Head, second: Head, share: float) -> Head:
    """The log-linear pool of two heads of one sort: `share` of the first's scores, the rest the second's."""
    return replace(
        first,
        coefficients=share * first.coefficients + (1 - share) * second.coefficients,
        intercepts=share * first.intercepts + (1 - share) * second.intercepts,
    )


def dump(heads: Mapping[str, Head]) -> bytes:
    """Heads by name."""
    tensors = {}
    for name, head in heads.items():
        tensors[f"{name}.coefficients"] = head.coefficients.astype(np.float32)
        tensors[f"{name}.intercepts"] = head.intercepts.astype(np.float32)
        tensors[f"{name}.independent"] = np.array([head.independent])
    return save(tensors)


def parse(weights: bytes) -> dict[str, Head]:
    """`dump` undone. UnreadableHead where these are no weights."""
    try:
        tensors = load(weights)
        names = [name.removesuffix(".intercepts") for name in tensors if name.endswith(".intercepts")]
        return {
            name: Head(
                tensors[f"{name}.coefficients"], tensors[f"{name}.intercepts"], bool(tensors[f"{name}.independent"][0])
            )
            for name in names
        }
    except (SafetensorError, LookupError) as error:
        raise UnreadableHead("These are no weights of a trained labeler.") from error


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
