"""Weighted majority vote.

A vote is (distribution over answer keys, weight); the winner has the largest weighted share, which is also its
posterior. The tie-break is the question type's own and is stated there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotation.questions import Answer, Distribution, Question, type_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """The fused answer to one question of one item. `posterior` is in [0, 1]; `votes` counts annotators."""

    value: Answer
    posterior: float
    distribution: Distribution
    votes: int
    method: str


def majority(question: Question, votes: Sequence[tuple[Distribution, float]]) -> Outcome:
    """Fuse one item's votes; needs at least one."""
    value, distribution = type_of(question).aggregate(question, votes)
    return Outcome(value, max(distribution.values()), distribution, len(votes), "majority")
