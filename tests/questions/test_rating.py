"""Numbers on a scale: which, how far apart, the median of votes."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.questions import InvalidAnswer, InvalidQuestion, Question, parse_questions, type_of


def asked(**settings: Any) -> Question:
    return parse_questions([{"name": "stars", "type": "rating", **settings}], [])[0]


KIND = type_of(asked())


@pytest.mark.parametrize(
    "settings",
    [
        {"min": 5, "max": 5}, {"min": 5, "max": 1}, {"min": 0, "max": 101}, {"min": 1.0}, {"max": "5"}, {"min": True},
        {"labels": {"6": "six"}}, {"labels": {"1": 1}}, {"labels": ["bad"]}, {"min": 10**7, "max": 10**7 + 3},
        {"options": ["1", "2"]},
    ],
)  # fmt: skip
def test_a_scale_that_is_none_is_refused(settings: Any) -> None:
    with pytest.raises(InvalidQuestion, match=r"\.$"):
        asked(**settings)


def test_the_numbers_are_its_options_with_what_they_mean() -> None:
    question = asked(min=-1, max=1, labels={"-1": "worse"})
    assert question.values == ("-1", "0", "1")
    assert question.options[0].description == "worse"
    assert len(asked(min=0, max=100).values) == 101


@pytest.mark.parametrize("raw", [3, "3"])
def test_a_number_is_an_answer_as_number_or_text(raw: Any) -> None:
    assert KIND.clean(asked(), raw, {}) == 3


@pytest.mark.parametrize("raw", [0, 6, "0", "3.0", " 3", "+3", "03", "٣", 3.0, True, None, [3], "", 10**30])
def test_nothing_else_is(raw: Any) -> None:
    with pytest.raises(InvalidAnswer):
        KIND.clean(asked(), raw, {})


def test_neighbours_are_nearer_than_the_ends() -> None:
    assert [KIND.distance(asked(), 1, other) for other in (1, 2, 5)] == [0, 0.25, 1]


@pytest.mark.parametrize(
    ("answers", "median", "posterior"),
    [([1, 5, 5], 5, 2 / 3), ([1, 2, 5], 2, 1 / 3), ([1, 2], 1, 0.5), ([1, 1, 5, 5], 1, 0.5), ([4], 4, 1)],
)
def test_votes_become_the_median_and_a_draw_the_lower_one(answers: list[int], median: int, posterior: float) -> None:
    fused = KIND.aggregate(asked(), [(KIND.vote(asked(), each, None), 1.0) for each in answers])
    assert (fused.answer, fused.posterior) == (median, pytest.approx(posterior))
    assert sum(fused.distribution.values()) == pytest.approx(1)


def test_a_models_distribution_counts_by_its_weight() -> None:
    fused = KIND.aggregate(asked(), [({"5": 1.0}, 1.0), ({"1": 0.5, "2": 0.5}, 3.0)])
    assert fused.answer == 2


@pytest.mark.parametrize("reply", ['{"answer": "3"}', '{"answer": 3.0}', '{"answer": 6}', '{"answer": true}', "3"])
def test_a_reply_is_a_whole_number_or_a_failure(reply: str) -> None:
    with pytest.raises(InvalidAnswer):
        KIND.parse(asked(), reply, {})


def test_it_is_shown_with_what_it_means() -> None:
    assert KIND.display(asked(labels={"5": "great"}), 5) == "5 (great)"
    assert KIND.display(asked(), 5) == "5"
