"""Questions that are asked only where an earlier one was answered so."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.questions import InvalidAnswer, InvalidQuestion, clean_answers, is_asked, parse_questions, why

TOPICS = {"name": "topics", "type": "multichoice", "options": ["money", {"value": "van", "title": "Delivery"}, "else"]}
STARS = {"name": "stars", "type": "rating", "when": {"question": "topics", "is": ["money", "van"]}}
REASON = {"name": "reason", "type": "text", "when": {"question": "stars", "is": [1, 2]}}
QUESTIONS = parse_questions([TOPICS, STARS, REASON], [])
BY_NAME = {question.name: question for question in QUESTIONS}


@pytest.mark.parametrize(
    "when",
    [
        "topics", {}, {"question": "topics"}, {"question": "topics", "is": []}, {"question": "topics", "is": ["ufo"]},
        {"question": "later", "is": ["a"]}, {"question": "stars", "is": ["1"]},
        {"question": "topics", "is": [["money"]]}, {"question": "topics", "is": "money", "not": "van"},
    ],
)  # fmt: skip
def test_a_condition_speaks_of_an_option_of_an_earlier_question(when: Any) -> None:
    later = {"name": "later", "type": "choice", "options": ["a", "b"]}
    with pytest.raises(InvalidQuestion, match=r"\.$"):
        parse_questions([TOPICS, {**STARS, "when": when}, later], [])


def test_no_condition_speaks_of_a_text() -> None:
    text = {"name": "topics", "type": "text"}
    with pytest.raises(InvalidQuestion):
        parse_questions([text, STARS], [])


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ({"topics": ["else"]}, {"topics": ["else"]}),
        ({"topics": ["else", "van"], "stars": "5"}, {"topics": ["van", "else"], "stars": 5}),
        ({"topics": ["money"], "stars": 1, "reason": "Late."}, {"topics": ["money"], "stars": 1, "reason": "Late."}),
        # What a form posts empty for a question that it did not ask.
        ({"topics": ["else"], "reason": ""}, {"topics": ["else"]}),
    ],
)
def test_a_required_question_is_required_only_where_it_is_asked(raw: Any, stored: Any) -> None:
    assert clean_answers(QUESTIONS, raw, {}) == stored


@pytest.mark.parametrize(
    ("raw", "at_fault", "words"),
    [
        ({"topics": ["money"]}, "stars", "needs an answer"),
        ({"topics": ["else"], "stars": 3}, "stars", "only where “Topics” is money or Delivery"),
        ({"topics": ["money"], "stars": 3, "reason": "x"}, "reason", "only where “Stars” is 1 or 2"),
        # The question before it is not asked itself.
        ({"topics": ["else"], "reason": "x"}, "reason", "not asked here"),
    ],
)
def test_an_answer_to_what_is_not_asked_is_refused_at_that_question(raw: Any, at_fault: str, words: str) -> None:
    with pytest.raises(InvalidAnswer, match=words) as caught:
        clean_answers(QUESTIONS, raw, {})
    assert caught.value.question == at_fault


def test_the_condition_in_words_uses_titles() -> None:
    assert why(BY_NAME["stars"], BY_NAME) == "only where “Topics” is money or Delivery"
    assert is_asked(BY_NAME["topics"], {}, BY_NAME)
    assert not is_asked(BY_NAME["stars"], {}, BY_NAME)
