"""Several options at once: how many, what a form says of none, each voted on by itself."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.questions import InvalidAnswer, InvalidQuestion, Question, parse_questions, type_of


def asked(**settings: Any) -> Question:
    return parse_questions([{"name": "topics", "type": "multichoice", "options": ["a", "b", "c"], **settings}], [])[0]


KIND = type_of(asked())


def votes(*answers: list[str], question: Question | None = None) -> list[Any]:
    return [(KIND.vote(question or asked(), answer, None), 1.0) for answer in answers]


@pytest.mark.parametrize(
    ("settings", "least", "most"),
    [({}, 1, 0), ({"required": False}, 0, 0), ({"at_least": 0}, 0, 0), ({"at_least": 2, "at_most": 3}, 2, 3)],
)
def test_a_required_question_wants_one_unless_it_says_otherwise(settings: Any, least: int, most: int) -> None:
    assert asked(**settings).settings == {"at_least": least, "at_most": most}


@pytest.mark.parametrize(
    "settings", [{"at_least": 4}, {"at_most": 4}, {"at_least": 2, "at_most": 1}, {"at_least": "1"}]
)
def test_a_question_that_nobody_could_answer_is_refused(settings: Any) -> None:
    with pytest.raises(InvalidQuestion):
        asked(**settings)


def test_an_answer_is_stored_in_the_order_of_the_question_within_its_bounds() -> None:
    question = asked(at_least=1, at_most=2)
    assert KIND.clean(question, ["c", "a"], {}) == ["a", "c"]
    for raw in ([], ["a", "b", "c"], ["a", "a"]):
        with pytest.raises(InvalidAnswer):
            KIND.clean(question, raw, {})


@pytest.mark.parametrize(
    ("settings", "posted", "raw"),
    [
        ({}, [""], None), ({}, ["", "b", "a"], ["b", "a"]), ({"at_least": 0}, [""], []), ({"at_least": 0}, [], None),
    ],
)  # fmt: skip
def test_a_form_with_nothing_ticked_is_an_answer_only_where_none_may_be(settings: Any, posted: Any, raw: Any) -> None:
    assert KIND.read(asked(**settings), posted) == raw


@pytest.mark.parametrize(
    ("answers", "fused", "posterior"),
    [
        ([["a"], ["a", "b"], ["a", "b"]], ["a", "b"], 2 / 3),
        ([["a", "b", "c"], ["a"], ["a"]], ["a"], 2 / 3),
        # Half is not most.
        ([["a"], ["b"]], ["a"], 0.5),
        ([["a", "b"], ["b", "c"]], ["b"], 0.5),
    ],
)
def test_each_option_is_voted_on_by_itself(answers: list[list[str]], fused: list[str], posterior: float) -> None:
    outcome = KIND.aggregate(asked(), votes(*answers))
    assert (outcome.answer, outcome.posterior) == (fused, pytest.approx(posterior))


def test_the_bounds_hold_for_what_votes_become() -> None:
    question = asked(at_least=2, at_most=2)
    answers = [["a", "b"], ["b", "c"], ["a", "c"]]
    assert len(KIND.aggregate(question, votes(*answers, question=question)).answer) == 2


def test_distance_is_the_share_that_is_not_common() -> None:
    assert KIND.distance(asked(), ["a", "b"], ["b", "c"]) == pytest.approx(2 / 3)
    assert KIND.distance(asked(), ["a"], ["b"]) == 1


def test_it_is_a_column_of_0_or_1_for_each_option_and_none_has_a_word() -> None:
    assert KIND.columns(asked(), ["b"]) == {"topics.a": "0", "topics.b": "1", "topics.c": "0"}
    assert KIND.display(asked(), []) == "None"
