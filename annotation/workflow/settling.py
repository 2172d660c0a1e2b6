"""Fuse one item's votes, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from typing import Any

from annotation.aggregation.majority import Outcome, majority
from annotation.questions import Fields, Question, is_asked, type_of

# Until a model is measured against people, its whole distribution weighs half a person's answer.
MODEL_WEIGHT = 0.5
# Every vote is compared with every other: of more than this many, so many say how far they are apart.
COMPARED = 12


@dataclass(frozen=True, slots=True)
class Vote:
    """One annotator's current annotation, reduced to what fusing needs."""

    annotator: int
    human: bool
    answers: dict[str, Any]
    distribution: dict[str, dict[str, float]]
    weight: float = 1.0
    """How much a person's answer counts (`Annotator.weight`). With 0 it stands in the record and is not heard."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcomes of an item and the facts that routing asks about.

    `disagreement`: the mean distance between two votes on the question they differ about most, in [0, 1].
    """

    outcomes: dict[str, Outcome]
    posterior: float
    unanimous: bool
    people: int
    models: int
    disagreement: float = 0.0
    unheard: int = 0
    """People who answered and count nothing: they used up a place all the same."""


def settle(questions: Sequence[Question], votes: Sequence[Vote], fields: Fields) -> Verdict:
    """Votes on an item that shows `fields` → outcome per question. A question that nobody answered has no
    outcome, nor has one to which the outcomes before it do not lead.

    Models that leave out a required question cannot be sure of the whole: not every model answers every type.
    """
    outcomes: dict[str, Outcome] = {}
    unanimous = True
    by_name = {question.name: question for question in questions}
    heard = [vote for vote in votes if vote.weight or not vote.human]
    for question in questions:
        cast = [vote for vote in heard if question.name in vote.answers]
        # What somebody said who answered an earlier question otherwise than most.
        if not cast or not is_asked(question, {name: each.value for name, each in outcomes.items()}, by_name):
            continue
        outcomes[question.name] = majority(question, [_weigh(question, vote) for vote in cast], fields)
        answers = [vote.answers[question.name] for vote in cast if vote.human]
        distance = type_of(question).distance
        unanimous = unanimous and all(distance(question, answers[0], answer) == 0 for answer in answers[1:])
    return Verdict(
        outcomes=outcomes,
        posterior=min((outcome.posterior for outcome in outcomes.values()), default=0.0)
        if any(vote.human for vote in heard) or _is_whole(questions, outcomes)
        else 0.0,
        unanimous=unanimous,
        people=sum(vote.human for vote in heard),
        models=sum(not vote.human for vote in heard),
        unheard=len(votes) - len(heard),
        disagreement=max((_disagreement(question, heard) for question in questions), default=0.0),
    )


def _is_whole(questions: Sequence[Question], outcomes: Mapping[str, Outcome]) -> bool:
    answers = {name: outcome.value for name, outcome in outcomes.items()}
    by_name = {question.name: question for question in questions}
    return all(
        question.name in answers or not question.required or not is_asked(question, answers, by_name)
        for question in questions
    )


def _disagreement(question: Question, votes: Sequence[Vote]) -> float:
    answers = [vote.answers[question.name] for vote in votes if question.name in vote.answers][:COMPARED]
    if len(answers) < 2:
        return 0.0
    distance = type_of(question).distance
    return fmean(distance(question, first, second) for first, second in combinations(answers, 2))


def _weigh(question: Question, vote: Vote) -> tuple[dict[str, float], float]:
    distribution = None if vote.human else vote.distribution.get(question.name)
    return type_of(question).vote(
        question, vote.answers[question.name], distribution
    ), vote.weight if vote.human else MODEL_WEIGHT
