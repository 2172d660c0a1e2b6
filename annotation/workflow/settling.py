"""Fuse one item's votes, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.aggregation.majority import Outcome, majority
from annotation.questions import Fields, Question, type_of

# Until a model is measured against people, its whole distribution weighs half a person's answer.
MODEL_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Vote:
    """One annotator's current annotation, reduced to what fusing needs."""

    annotator: int
    human: bool
    answers: dict[str, Any]
    distribution: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcomes of an item and the facts that routing asks about."""

    outcomes: dict[str, Outcome]
    posterior: float
    unanimous: bool
    people: int
    models: int


def settle(questions: Sequence[Question], votes: Sequence[Vote], fields: Fields) -> Verdict:
    """Votes on an item that shows `fields` → outcome per question. A question that nobody answered has no outcome."""
    outcomes: dict[str, Outcome] = {}
    unanimous = True
    for question in questions:
        cast = [vote for vote in votes if question.name in vote.answers]
        if not cast:
            continue
        outcomes[question.name] = majority(question, [_weigh(question, vote) for vote in cast], fields)
        answers = [vote.answers[question.name] for vote in cast if vote.human]
        distance = type_of(question).distance
        unanimous = unanimous and all(distance(question, answers[0], answer) == 0 for answer in answers[1:])
    return Verdict(
        outcomes=outcomes,
        posterior=min((outcome.posterior for outcome in outcomes.values()), default=0.0),
        unanimous=unanimous,
        people=sum(vote.human for vote in votes),
        models=sum(not vote.human for vote in votes),
    )


def _weigh(question: Question, vote: Vote) -> tuple[dict[str, float], float]:
    distribution = None if vote.human else vote.distribution.get(question.name)
    return type_of(question).vote(
        question, vote.answers[question.name], distribution
    ), 1.0 if vote.human else MODEL_WEIGHT
