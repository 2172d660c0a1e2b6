"""A table of answers and rules, and what comes out."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.aggregation.merging import STRATEGIES, merged, strategies_for
from annotation.questions import InvalidAnswer, Question, parse_questions, type_of

FIELDS = {"text": "Ada Lovelace wrote the first program in London."}
SHOWN = [{"name": "text", "type": "text"}]
[CHOICE, RATING, SET, SPANS, FLAT, ORDER, TEXT] = parse_questions(
    [
        {"name": "intent", "type": "choice", "title": "Intent", "options": ["a", "b", "c"]},
        {"name": "stars", "type": "rating", "title": "Stars", "min": 1, "max": 5},
        {"name": "topics", "type": "multichoice", "title": "Topics", "options": ["x", "y", "z"], "at_least": 0},
        {"name": "names", "type": "spans", "title": "Names", "options": ["person", "place"]},
        {"name": "flat", "type": "spans", "title": "Flat", "options": ["person", "place"], "overlap": False},
        {"name": "order", "type": "ranking", "title": "Order", "options": ["p", "q"]},
        {"name": "summary", "type": "text", "title": "Summary", "required": False},
    ],
    SHOWN,
)


def mark(start: int, end: int, label: str = "person") -> dict[str, Any]:
    return {"start": start, "end": end, "label": label, "text": FIELDS["text"][start:end]}


ADA, FULL, LONDON = mark(0, 3), mark(0, 12), mark(40, 46, "place")


@pytest.mark.parametrize(
    ("question", "strategy", "answers", "expected"),
    [
        (CHOICE, "majority", ["a", "b", "a"], "a"),
        (RATING, "median", [1, 4, 5], 4),
        (RATING, "median", [1, 4], 1),
        (RATING, "majority", [1, 5, 5], 5),
        (SET, "majority", [["x"], ["x", "y"], ["z"]], ["x"]),
        (SET, "union", [["y"], ["x"]], ["x", "y"]),
        (SET, "intersection", [["x", "y"], ["y", "z"]], ["y"]),
        (SPANS, "majority", [[ADA], [ADA, LONDON], [FULL]], [ADA]),
        (SPANS, "union", [[ADA], [FULL, LONDON]], [FULL, LONDON]),
        (SPANS, "intersection", [[ADA, LONDON], [FULL, LONDON]], [ADA, LONDON]),
        (SPANS, "longest", [[ADA], [FULL], [LONDON]], [FULL]),
        (SPANS, "shortest", [[ADA], [FULL], [LONDON]], [ADA]),
        (SPANS, "intersection", [[ADA], []], []),
        (ORDER, "median", [[["p"], ["q"]], [["q"], ["p"]], [["q"], ["p"]]], [["q"], ["p"]]),
        (TEXT, "longest", ["short", "much longer"], "much longer"),
        (TEXT, "shortest", ["short", "much longer"], "short"),
        (TEXT, "median", ["one cat", "one cats", "a dog"], "one cat"),
    ],
)
def test_answers_become_one_by_the_rule(question: Question, strategy: str, answers: list[Any], expected: Any) -> None:
    assert merged(question, answers, strategy, FIELDS) == expected


@pytest.mark.parametrize(
    ("question", "strategy", "answers", "said"),
    [
        (CHOICE, "majority", ["a", "b"], "No answer to “Intent” has a majority"),
        (CHOICE, "union", ["a"], "merged by one of majority"),
        (CHOICE, "majority", [], "Nobody has answered"),
        (FLAT, "union", [[ADA], [mark(0, 3, "place")]], "overlap"),
    ],
)
def test_what_the_rule_cannot_decide_is_said(question: Question, strategy: str, answers: list[Any], said: str) -> None:
    with pytest.raises(InvalidAnswer, match=said):
        merged(question, answers, strategy, FIELDS)


def test_every_shape_has_a_rule_and_one_answer_alone_stays_as_it_is() -> None:
    alone = {CHOICE: "b", RATING: 3, SET: ["z"], SPANS: [ADA, LONDON], ORDER: [["q"], ["p"]], TEXT: "Words."}
    assert {type_of(question).shape for question in alone} == set(STRATEGIES)
    for question, answer in alone.items():
        for strategy in strategies_for(question):
            assert merged(question, [answer], strategy, FIELDS) == answer
