"""Votes of people and models, fused question by question."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.aggregation.fitted import MODEL_WEIGHT
from annotation.questions import parse_questions
from annotation.workflow.settling import Vote, settle

QUESTIONS = parse_questions(
    [
        {"name": "intent", "type": "choice", "options": ["a", "b"]},
        {"name": "tone", "type": "choice", "options": ["x", "y"], "required": False},
    ]
)


def person(**answers: str) -> Vote:
    return Vote(1, True, answers, {})


def model(distribution: dict[str, Any] | None = None, **answers: str) -> Vote:
    return Vote(2, False, answers, distribution or {})


def test_no_vote_is_no_outcome() -> None:
    verdict = settle(QUESTIONS, [], {})
    assert (verdict.outcomes, verdict.posterior, verdict.people, verdict.models) == ({}, 0.0, 0, 0)


def test_a_model_weighs_half_a_person() -> None:
    verdict = settle(QUESTIONS, [person(intent="a"), model(intent="b")], {})
    assert verdict.outcomes["intent"].value == "a"
    assert verdict.posterior == pytest.approx(1 / (1 + MODEL_WEIGHT))
    assert (verdict.people, verdict.models) == (1, 1)


def test_two_models_do_not_outvote_a_person() -> None:
    assert (
        settle(QUESTIONS, [model(intent="b"), model(intent="b"), person(intent="a")], {}).outcomes["intent"].value
        == "a"
    )


def test_a_models_doubt_counts_as_doubt() -> None:
    votes = [person(intent="a"), model({"intent": {"a": 0.2, "b": 0.8}}, intent="b")]
    assert settle(QUESTIONS, votes, {}).outcomes["intent"].distribution == pytest.approx(
        {"a": 1.1 / 1.5, "b": 0.4 / 1.5}
    )


def test_a_persons_distribution_is_ignored_because_people_answer_once() -> None:
    vote = Vote(1, True, {"intent": "a"}, {"intent": {"b": 1.0}})
    assert settle(QUESTIONS, [vote], {}).outcomes["intent"].value == "a"


def test_the_posterior_is_the_least_certain_questions() -> None:
    verdict = settle(QUESTIONS, [person(intent="a", tone="x"), person(intent="a", tone="y")], {})
    assert verdict.outcomes["intent"].posterior == 1.0
    assert verdict.posterior == 0.5
    assert not verdict.unanimous


@pytest.mark.parametrize(
    ("votes", "unanimous"),
    [
        ([person(intent="a")], True),
        ([person(intent="a"), person(intent="a")], True),
        ([person(intent="a"), person(intent="b")], False),
        # Unanimous speaks of people: a model that disagrees does not break it, and models alone are nothing to it.
        ([person(intent="a"), model(intent="b")], True),
        ([person(intent="a", tone="x"), person(intent="a")], True),
        ([model(intent="a"), model(intent="b")], True),
    ],
)
def test_unanimity_is_peoples(votes: list[Vote], unanimous: bool) -> None:
    assert settle(QUESTIONS, votes, {}).unanimous is unanimous


CONDITIONAL = parse_questions(
    [
        {"name": "intent", "type": "choice", "options": ["a", "b"]},
        {"name": "why", "type": "choice", "options": ["x", "y"], "when": {"question": "intent", "is": ["a"]}},
    ]
)


def test_a_question_to_which_the_outcomes_do_not_lead_has_none() -> None:
    votes = [person(intent="b"), person(intent="b"), person(intent="a", why="x"), model(intent="a", why="y")]
    assert set(settle(CONDITIONAL, votes, {}).outcomes) == {"intent"}
    assert set(settle(CONDITIONAL, [person(intent="a", why="x")], {}).outcomes) == {"intent", "why"}


def test_models_that_leave_a_required_question_out_are_not_sure_of_the_whole() -> None:
    assert settle(CONDITIONAL, [model(intent="a")], {}).posterior == 0.0
    assert settle(CONDITIONAL, [model(intent="b")], {}).posterior == 1.0, "the other question is not asked"
    assert settle(CONDITIONAL, [model(intent="a"), model(intent="a", why="x")], {}).posterior == 1.0
    assert settle(CONDITIONAL, [person(intent="a"), model(intent="a")], {}).posterior == 1.0, (
        "people may have had no choice"
    )
