"""Whom to ask about next: a pure function of what a model thinks of the open items."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# So many items at the head of the queue are told apart; more are not answered before the next training.
DIVERSE = 128
# Among how many of the most doubtful they are looked for.
CANDIDATES = 1_024
SIMILARITY_COST = 0.3


def doubt(shares: np.ndarray) -> np.ndarray:
    """[n, k] probabilities → [n] in [0, 1]: 1 less the margin between the two likeliest options (Scheffer et al. 2001).

    On AG News and TREC it needed a tenth fewer answers than entropy, which is taken in by many small shares.
    """
    if shares.shape[1] < 2:
        return np.zeros(len(shares))
    top = np.partition(shares, -2, axis=1)
    return 1.0 - (top[:, -1] - top[:, -2])


def doubt_in_parts(shares: np.ndarray) -> np.ndarray:
    """[n, k] probabilities of options that hold independently → [n] in [0, 1]: of the option that is nearest to ½."""
    return (1.0 - np.abs(2.0 * shares - 1.0)).max(axis=1, initial=0.0)


def ranked(doubts: np.ndarray, vectors_at: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """[n] doubts of the items → their positions, the most valuable answer first.

    `vectors_at`: positions [c] → unit vectors [c, d], asked once, for the candidates.

    By doubt; among the first DIVERSE, one that is much like another before it is put off, since one answer teaches most
    of what both would (maximal marginal relevance, Carbonell & Goldstein 1998).
    """
    order = np.argsort(-doubts, kind="stable")
    candidates, rest = order[:CANDIDATES], order[CANDIDATES:]
    if not len(candidates):
        return order
    vectors = vectors_at(candidates)
    values, near = doubts[candidates].astype(np.float64), np.zeros(len(candidates))
    first: list[int] = []
    for _ in range(min(DIVERSE, len(candidates))):
        chosen = int(np.argmax(values - SIMILARITY_COST * near))
        first.append(chosen)
        values[chosen] = -np.inf
        near = np.maximum(near, vectors @ vectors[chosen])
    others = np.delete(candidates, first)
    return np.concatenate([candidates[first], others, rest]).astype(np.int64)


def priorities(order: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """[n] positions in order of value, [n] numbers in [0, 1) or NaN → [n] priorities in [0, 1], highest first.

    Items with a drawn number (the audits) follow chance instead, spread evenly among the others, so that their share of
    people's next answers is their share of the queue: a fair sample, of which it can be told how good models are.
    """
    values = np.empty(len(order))
    audited = ~np.isnan(drawn)
    by_value = order[~audited[order]]
    by_chance = np.flatnonzero(audited)[np.argsort(-drawn[audited], kind="stable")]
    for positions in (by_value, by_chance):
        values[positions] = 1.0 - (np.arange(len(positions)) + 0.5) / max(1, len(positions))
    return values
