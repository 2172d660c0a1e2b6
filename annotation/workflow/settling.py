"""Fuse one item's votes, question by question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean
from types import MappingProxyType
from typing import Any

from annotation.aggregation.fitted import MAJORITY, Knowledge, Said
from annotation.aggregation.majority import Outcome
from annotation.questions import Fields, Question, first_single, is_asked, type_of

Fits = Mapping[str, Knowledge]
"""Question → how its votes are fused; a majority decides where there is none, or one of earlier options."""
# Every vote is compared with every other: of more than this many, so many say how far they are apart.
COMPARED = 12


NO_FITS: Fits = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Vote:
    """One annotator's current annotation, reduced to what fusing needs."""

    annotator: int
    human: bool
    answers: dict[str, Any]
    distribution: dict[str, dict[str, float]]
    weight: float = 1.0
    """How much a person's answer counts (`Annotator.weight`). With 0 it stands in the record and is not heard."""
    calibrated: frozenset[str] = frozenset()
    """The questions on which its distribution is a calibrated model's."""


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


def settle(questions: Sequence[Question], votes: Sequence[Vote], fields: Fields, fits: Fits = NO_FITS) -> Verdict:
    """Votes on an item that shows `fields` → outcome per question, by what `fits` know of who voted. A question that
    nobody answered has no outcome, nor has one to which the outcomes before it do not lead.

    Models that leave out a required question cannot be sure of the whole: not every model answers every type.
    """
    outcomes: dict[str, Outcome] = {}
    unanimous = True
    by_name = {question.name: question for question in questions}
    heard = [vote for vote in votes if vote.weight or not vote.human]
    people = sum(vote.human for vote in heard)
    for question in questions:
        cast = [vote for vote in heard if question.name in vote.answers]
        # What somebody said who answered an earlier question otherwise than most.
        if not cast or (question.condition is not None and not is_asked(question, _answers_of(outcomes), by_name)):
            continue
        fit = knowledge_of(question, fits)
        outcomes[question.name] = fit.fuse(question, [_said(question, vote) for vote in cast], fields)
        answers = [vote.answers[question.name] for vote in cast if vote.human]
        distance = type_of(question).distance
        unanimous = unanimous and all(distance(question, answers[0], answer) == 0 for answer in answers[1:])
    return Verdict(
        outcomes=outcomes,
        posterior=min((outcome.posterior for outcome in outcomes.values()), default=0.0)
        if people or _is_whole(questions, outcomes)
        else 0.0,
        unanimous=unanimous,
        people=people,
        models=len(heard) - people,
        unheard=len(votes) - len(heard),
        disagreement=max((_disagreement(question, heard) for question in questions), default=0.0)
        if len(heard) > 1
        else 0.0,
    )


def knowledge_of(question: Question, fits: Fits) -> Knowledge:
    """What decides this question: its fit, or the majority."""
    fit = fits.get(question.name, MAJORITY)
    return fit if fit.suits(question) else MAJORITY


def label_of(questions: Sequence[Question], verdict: Verdict) -> str:
    """The option that was chosen in that question; empty where there is none."""
    question = first_single(questions)
    if question is None or question.name not in verdict.outcomes:
        return ""
    return type_of(question).keys(question, verdict.outcomes[question.name].value)[0]


def _is_whole(questions: Sequence[Question], outcomes: Mapping[str, Outcome]) -> bool:
    if len(outcomes) == len(questions):
        return True
    answers = _answers_of(outcomes)
    by_name = {question.name: question for question in questions}
    return all(
        question.name in answers or not question.required or not is_asked(question, answers, by_name)
        for question in questions
    )


def _answers_of(outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    return {name: outcome.value for name, outcome in outcomes.items()}


def _disagreement(question: Question, votes: Sequence[Vote]) -> float:
    answers = [vote.answers[question.name] for vote in votes if question.name in vote.answers][:COMPARED]
    if len(answers) < 2:
        return 0.0
    distance = type_of(question).distance
    return fmean(distance(question, first, second) for first, second in combinations(answers, 2))


def _said(question: Question, vote: Vote) -> Said:
    answer = vote.answers[question.name]
    shares = type_of(question).vote(question, answer, None if vote.human else vote.distribution.get(question.name))
    # The lead weighs people; what a model is worth is measured.
    weight = vote.weight if vote.human else 1.0
    return Said(vote.annotator, vote.human, answer, shares, weight, question.name in vote.calibrated)
