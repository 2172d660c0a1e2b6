"""Options in order: with and without ties, read from a form, fused pair by pair."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from annotation.questions import InvalidAnswer, InvalidQuestion, Question, parse_questions, type_of


def asked(*options: str, **settings: Any) -> Question:
    raw = {"name": "best", "type": "ranking", "options": [*options] or ["a", "b", "c"], **settings}
    return parse_questions([raw])[0]


KIND = type_of(asked())
ABC = [["a"], ["b"], ["c"]]


def fused(question: Question, *answers: Any) -> Any:
    return KIND.aggregate(question, [(KIND.vote(question, answer, None), 1.0) for answer in answers])


@pytest.mark.parametrize(
    "settings", [{"ties": "no"}, {"options": ["a"]}, {"options": ["a>b", "c"]}, {"options": ["=", "c"]}]
)
def test_a_ranking_that_could_not_be_told_apart_is_refused(settings: Any) -> None:
    with pytest.raises(InvalidQuestion, match=r"\.$"):
        asked(**settings)


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        (["c", "a", "b"], [["c"], ["a"], ["b"]]),
        ([["c"], ["b", "a"]], [["c"], ["a", "b"]]),
        ([["c", "b", "a"]], [["a", "b", "c"]]),
        ([[], ["a"], [], ["b"], ["c"]], ABC),
    ],
)
def test_an_order_is_stored_in_tiers(raw: Any, stored: Any) -> None:
    assert KIND.clean(asked(), raw, {}) == stored


@pytest.mark.parametrize(
    "raw", [[], ["a", "b"], ["a", "b", "b"], ["a", "b", "c", "a"], [["a", "b"], ["b", "c"]], "abc"]
)
def test_every_option_has_exactly_one_place(raw: Any) -> None:
    with pytest.raises(InvalidAnswer):
        KIND.clean(asked(), raw, {})


def test_ties_are_refused_where_there_are_none() -> None:
    with pytest.raises(InvalidAnswer, match="no ties"):
        KIND.clean(asked(ties=False), [["a", "b"], ["c"]], {})


@pytest.mark.parametrize(
    ("posted", "raw"),
    [
        ([], None), ([""], None), (["", "", ""], None),
        (['[["c"],["a","b"]]'], [["c"], ["a", "b"]]),
        (['["a",2]', '["b",1]', '["c",3]'], [["b"], ["a"], ["c"]]),
        (['["a",7]', '["b",7]', '["c",1]'], [["c"], ["a", "b"]]),
        # Half an order: for `clean` to complain about, with what was chosen kept.
        (['["a",1]', "", '["c",2]'], [["a"], ["c"]]),
    ],
)  # fmt: skip
def test_a_form_posts_the_order_or_a_place_for_each(posted: list[str], raw: Any) -> None:
    assert KIND.read(asked(), posted) == raw


@pytest.mark.parametrize(
    "posted",
    [["x"], ["5"], ["{}"], ["[]"], ["[1e999]", "[2]"], ['["a", Infinity]'] * 2, ['["a", "x"]'] * 2, ["[" * 100_000]],
    ids=lambda posted: posted[0][:12],
)
def test_what_no_page_of_ours_posts_is_an_error_in_words(posted: list[str]) -> None:
    with pytest.raises(InvalidAnswer, match="could not be read"):
        KIND.read(asked(), posted)


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [(ABC, [["c"], ["b"], ["a"]], 1), (ABC, [["b"], ["a"], ["c"]], 1 / 3), (ABC, [["a", "b"], ["c"]], 1 / 6)],
)
def test_distance_is_the_share_of_pairs_that_turn_out_otherwise(first: Any, second: Any, apart: float) -> None:
    assert KIND.distance(asked(), first, second) == pytest.approx(apart)


def test_votes_become_the_order_of_the_pairs_that_are_won() -> None:
    outcome = fused(asked(), ABC, ABC, [["b"], ["a"], ["c"]])
    assert (outcome.answer, outcome.posterior) == (ABC, pytest.approx(2 / 3))
    assert outcome.distribution["a>b"] == pytest.approx(2 / 3)


def test_a_cycle_and_a_draw_are_ties_and_never_sure() -> None:
    cycle = fused(asked(), ABC, [["b"], ["c"], ["a"]], [["c"], ["a"], ["b"]])
    assert cycle.answer == [["a", "b", "c"]]
    assert cycle.posterior == 0
    pair = asked("left", "right")
    draw = fused(pair, [["left"], ["right"]], [["right"], ["left"]])
    assert (draw.answer, draw.posterior) == ([["left", "right"]], 0)


def test_without_ties_votes_become_a_whole_order() -> None:
    question = asked(ties=False)
    for answers in permutations([ABC, [["b"], ["c"], ["a"]], [["c"], ["a"], ["b"]]]):
        assert KIND.clean(question, fused(question, *answers).answer, {})


def test_a_preference_is_counted_by_the_best_alone() -> None:
    assert KIND.keys(asked(), ABC) == ("a",)
    assert KIND.keys(asked(), [["a", "b"], ["c"]]) == ()


def test_it_is_a_column_of_places_and_a_line_of_signs() -> None:
    assert KIND.columns(asked(), [["c"], ["a", "b"]]) == {"best.c": "1", "best.a": "2", "best.b": "2"}
    assert KIND.display(asked(), [["c"], ["a", "b"]]) == "c > a = b"
    assert KIND.key_title(asked(), "a=b") == "a = b"
    assert json.loads(KIND.reply(asked(), ABC)) == {"answer": ABC}
