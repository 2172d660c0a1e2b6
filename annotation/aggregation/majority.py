"""Weighted majority vote.

A vote is (distribution over answer keys, weight); the winner has the largest weighted share, which is also its
posterior where an answer is one key. Ties, and answers of several parts, are the question type's own affair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.questions import NO_FIELDS, Answer, Distribution, Fields, Question, type_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fused answer to one question of one item. `posterior` is in [0, 1]; `votes` counts annotators."""

    value: Answer
    posterior: float
    distribution: Distribution
    votes: int
    method: str


def majority(question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS) -> Outcome:
    """Fuse one item's votes, at least one; `fields` is what the item shows."""
    fused = type_of(question).aggregate(question, votes, fields)
    return Outcome(fused.answer, fused.posterior, fused.distribution, len(votes), "majority")
