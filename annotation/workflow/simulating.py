"""Replay a file whose answers are known: how good is the dataset after so many human answers? Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from annotation.labelers.heads import Head
from annotation.labelers.training import fit

from .ranking import doubt, ranked


@dataclass(frozen=True, slots=True)
class Replay:
    """A file with gold answers, and what models say of it before anybody answers."""

    vectors: np.ndarray
    """[n, 384] unit vectors of the texts."""
    gold: np.ndarray
    """[n] the right option's place among the k options."""
    cold: Head
    """What the options' names say."""
    votes: np.ndarray | None = None
    """[n, k] a prompted model's probabilities, fused with what is learned; None where it does not take part."""
    error: float = 0.0
    """How often the simulated annotator gives a wrong answer, drawn evenly from the others."""
    batch: int = 16
    """Answers between two trainings."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """The dataset after `answers` human answers; `model` is the accuracy on the items that nobody answered."""

    answers: int
    accuracy: float
    model: float


Order = Callable[[Replay, np.ndarray, np.ndarray], np.ndarray]


def simulate(replay: Replay, strategy: str, *, target: float = 1.0) -> list[Point]:
    """One point before any answer and one per batch, until the dataset is `target` right or everything is answered.

    An item's label is its human answer where there is one, right or wrong, and the model's likeliest option elsewhere.
    """
    order, learns = STRATEGIES[strategy]
    n = len(replay.gold)
    said = _answers(replay)
    asked = np.zeros(n, dtype=bool)
    shares = _fused(replay, replay.cold, 0)
    points = [_point(replay, shares, said, asked)]
    while points[-1].accuracy < target and asked.sum() < n:
        asked[order(replay, shares, asked)[: replay.batch]] = True
        if learns:
            head = fit(replay.cold, replay.vectors[asked], np.eye(shares.shape[1])[said[asked]], replay.vectors[~asked])
            shares = _fused(replay, head, int(asked.sum()))
        points.append(_point(replay, shares, said, asked))
    return points


def answers_needed(points: Sequence[Point], target: float) -> int | None:
    """The fewest answers at which the dataset was `target` right and stayed so; None where it never was."""
    needed = None
    for point in reversed(points):
        if point.accuracy < target:
            break
        needed = point.answers
    return needed


def _answers(replay: Replay) -> np.ndarray:
    """[n] what the simulated annotator says of each item."""
    draw = np.random.default_rng(replay.seed)
    options = len(replay.cold.intercepts)
    slips = draw.random(len(replay.gold)) < replay.error
    return np.where(slips, (replay.gold + draw.integers(1, options, len(replay.gold))) % options, replay.gold)


# A prompted model's votes count half at first; this many answers halve that.
FADING = 64


def _fused(replay: Replay, head: Head, answers: int) -> np.ndarray:
    """[n, k] the log-linear pool of the head and the prompted model's votes, which fade as the head learns."""
    learned = head.probabilities(replay.vectors)
    if replay.votes is None:
        return learned
    share = 0.5 * FADING / (FADING + answers)
    pooled = learned ** (1 - share) * np.clip(replay.votes, 1e-9, 1.0) ** share
    return pooled / pooled.sum(axis=1, keepdims=True)


def _point(replay: Replay, shares: np.ndarray, said: np.ndarray, asked: np.ndarray) -> Point:
    guessed = shares.argmax(axis=1)
    right = np.where(asked, said, guessed) == replay.gold
    left = guessed[~asked] == replay.gold[~asked]
    return Point(int(asked.sum()), float(right.mean()), float(left.mean()) if len(left) else 1.0)


def _at_random(replay: Replay, shares: np.ndarray, asked: np.ndarray) -> np.ndarray:
    order = np.random.default_rng(replay.seed).permutation(len(asked))
    return order[~asked[order]]


def _by_entropy(replay: Replay, shares: np.ndarray, asked: np.ndarray) -> np.ndarray:
    entropy = -(shares * np.log(np.clip(shares, 1e-12, 1.0))).sum(axis=1)
    return _unasked(np.argsort(-entropy, kind="stable"), asked)


def _by_rank(replay: Replay, shares: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """As the product orders its queue."""
    open_items = np.flatnonzero(~asked)
    return open_items[ranked(doubt(shares[open_items]), lambda positions: replay.vectors[open_items[positions]])]


def _by_oracle(replay: Replay, shares: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Only somebody who knows which labels are wrong could ask so."""
    return _unasked(np.argsort(shares.argmax(axis=1) == replay.gold, kind="stable"), asked)


def _unasked(order: np.ndarray, asked: np.ndarray) -> np.ndarray:
    return order[~asked[order]]


# Name → (in which order people are asked, whether the model learns from the answers).
STRATEGIES: dict[str, tuple[Order, bool]] = {
    "random": (_at_random, False),
    "entropy": (_by_entropy, False),
    "ours": (_by_rank, True),
    "oracle": (_by_oracle, False),
}
