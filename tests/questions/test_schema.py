"""Fields, questions and answers as they come from outside."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.questions import (
    InvalidAnswer,
    InvalidQuestion,
    check_fields,
    clean_answers,
    clean_distribution,
    dump_questions,
    parse_questions,
)

RAW = [
    {"name": "intent", "type": "choice", "options": ["a", {"value": "b", "title": "Bean", "description": "green"}]},
    {"name": "tone", "type": "choice", "title": "Tone?", "required": False, "options": ["good", "bad"]},
]
QUESTIONS = parse_questions(RAW)


def test_what_is_dumped_is_parsed_back_the_same() -> None:
    assert parse_questions(dump_questions(QUESTIONS)) == QUESTIONS
    assert QUESTIONS[0].title == "Intent"
    assert QUESTIONS[0].option_title("b") == "Bean"


@pytest.mark.parametrize(
    "raw",
    [
        None, {}, [], "choice", [None], [[]], [{}], [{"name": "x"}], [{"name": "x", "type": "choice"}],
        [{"name": "X", "type": "choice", "options": ["a", "b"]}],
        [{"name": "x-y", "type": "choice", "options": ["a", "b"]}],
        [{"name": "x\n", "type": "choice", "options": ["a", "b"]}],
        [{"name": "x" * 64, "type": "choice", "options": ["a", "b"]}],
        [{"name": "__class__", "type": "choice", "options": ["a", "b"]}],
        [{"name": 1, "type": "choice", "options": ["a", "b"]}],
        [{"name": "x", "type": "unheard", "options": ["a", "b"]}],
        [{"name": "x", "type": ["choice"], "options": ["a", "b"]}],
        [{"name": "x", "type": "choice", "options": "ab"}],
        [{"name": "x", "type": "choice", "options": ["a", ""]}],
        [{"name": "x", "type": "choice", "options": ["a", "b\0"]}],
        [{"name": "x", "type": "choice", "options": ["a", "b" * 201]}],
        [{"name": "x", "type": "choice", "options": ["a", 2]}],
        [{"name": "x", "type": "choice", "options": ["a", {"value": "b", "colour": "red"}]}],
        [{"name": "x", "type": "choice", "options": ["a", "b"], "titel": "typo"}],
        [{"name": "x", "type": "choice", "options": ["a", "b"], "title": 5}],
        [{"name": "x", "type": "choice", "options": ["a", "b"], "title": "t\0"}],
        [{"name": "x", "type": "choice", "options": ["a", "b"], "required": "no"}],
        [{"name": "x", "type": "choice", "options": ["a", "b\ud800"]}],
        [{"name": "x", "type": "choice", "options": ["a", "b"], "title": "\udfff"}],
        [{"name": "x", "type": "choice", "options": ["a", {"value": "b", "title": []}]}],
        [{"name": f"x{n}", "type": "choice", "options": ["a", "b"]} for n in range(101)],
        [{"name": "x", "type": "choice", "options": ["a", "b"]}] * 2,
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused_with_a_sentence(raw: object) -> None:
    with pytest.raises(InvalidQuestion, match=r"\.$"):
        parse_questions(raw)


@pytest.mark.parametrize(
    "raw",
    [
        None, {}, [], "text", [None], [{}], [{"name": ""}], [{"name": "Text"}], [{"name": "text", "type": "html"}],
        [{"name": "text", "type": None}], [{"name": "text", "titel": "x"}], [{"name": "text"}] * 2,
        [{"name": "text", "type": ["text"]}], [{"name": "text", "title": "x\0"}], [{"name": "text", "title": "\ud800"}],
        [{"name": f"f{n}"} for n in range(101)],
        [{"name": "text", "title": "x" * 5_000}], [{"name": "text", "title": {"a": 1}}],
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_shown_is_refused_with_a_sentence(raw: object) -> None:
    with pytest.raises(InvalidQuestion, match=r"\.$"):
        check_fields(raw)


def test_fields_are_completed() -> None:
    assert check_fields([{"name": "user_message"}]) == [
        {"name": "user_message", "type": "text", "title": "User message"}
    ]


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ({"intent": "a"}, {"intent": "a"}),
        ({"intent": "a", "tone": ""}, {"intent": "a"}),
        ({"tone": "bad", "intent": "b"}, {"intent": "b", "tone": "bad"}),
    ],
)
def test_answers_are_stored_in_the_order_of_the_questions(raw: dict[str, Any], stored: dict[str, Any]) -> None:
    cleaned = clean_answers(QUESTIONS, raw, {})
    assert cleaned == stored
    assert list(cleaned) == list(stored)


@pytest.mark.parametrize(
    ("raw", "question"),
    [
        (None, "answers"), ([], "answers"), ("a", "answers"), ({}, "intent"), ({"intent": None}, "intent"),
        ({"tone": "good"}, "intent"), ({"intent": "a", "tone": "ugly"}, "tone"), ({"intent": "a", "x": 1}, "x"),
        ({"intent": "a", "__proto__": {}}, "__proto__"), ({"intent": ["a"]}, "intent"), ({1: "a"}, "1"),
    ],
)  # fmt: skip
def test_answers_that_do_not_fit_are_refused_by_question(raw: object, question: str) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        clean_answers(QUESTIONS, raw, {})
    assert caught.value.question == question


def test_an_annotation_answers_at_least_one_question() -> None:
    with pytest.raises(InvalidAnswer):
        clean_answers(QUESTIONS[1:], {"tone": None}, {})


def test_a_distribution_is_made_to_sum_to_one() -> None:
    assert sum(clean_distribution(QUESTIONS[0], {"a": 0.7, "b": 0.295}).values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "raw",
    [
        None, [], {}, "a", {"a": 1.2}, {"a": -0.1, "b": 1.1}, {"a": 0.5, "b": 0.4}, {"a": 0.6, "b": 0.6}, {"z": 1},
        {"a": True}, {"a": "1"}, {"a": float("nan")}, {"a": float("inf")}, {"a": None}, {1: 1.0}, {"a": 10**400},
    ],
)  # fmt: skip
def test_what_is_no_distribution_is_refused(raw: object) -> None:
    with pytest.raises(InvalidAnswer):
        clean_distribution(QUESTIONS[0], raw)
