"""Free text: kept to the character, bounded, and the text nearest to all others where several were written."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.questions import InvalidAnswer, InvalidQuestion, Question, parse_questions, type_of

FIELDS = [{"name": "draft", "type": "text", "title": "Draft"}]


def asked(**settings: Any) -> Question:
    return parse_questions([{"name": "better", "type": "text", **settings}], FIELDS)[0]


KIND = type_of(asked())


@pytest.mark.parametrize(
    "settings", [{"field": "other"}, {"field": 3}, {"max_length": 0}, {"max_length": 10**6}, {"options": ["a"]}]
)
def test_a_question_without_its_field_or_a_sensible_length_is_refused(settings: Any) -> None:
    with pytest.raises(InvalidQuestion, match=r"\.$"):
        asked(**settings)


@pytest.mark.parametrize("text", [" a ", "a\nb", "e\u0301", "👩‍👩‍👧", "אב", "a\u200b", "\ufeffa", "<b>", "a" * 20_000])
def test_a_text_is_stored_as_it_was_written(text: str) -> None:
    assert KIND.clean(asked(), text, {}) == text


@pytest.mark.parametrize("raw", ["", " \n\t", "\u2003", "a\0", "\ud800", "a" * 20_001, 3, ["a"]])
def test_nothing_too_much_or_what_cannot_be_stored_is_no_answer(raw: Any) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        KIND.clean(asked(), raw, {})
    assert len(str(caught.value)) < 200


def test_length_counts_characters_not_halves_of_them() -> None:
    assert KIND.clean(asked(max_length=3), "👩👩👩", {})


@pytest.mark.parametrize(("posted", "raw"), [([], None), ([""], None), ([" \r\n"], None), (["a\r\nb\n"], "a\nb\n")])
def test_the_ends_of_lines_are_those_that_were_typed(posted: list[str], raw: str | None) -> None:
    assert KIND.read(asked(), posted) == raw


def test_votes_become_the_text_that_is_nearest_to_all_others() -> None:
    texts = ["the cat sat", "the cat sat.", "a dog"]
    fused = KIND.aggregate(asked(), [(KIND.vote(asked(), text, None), 1.0) for text in texts])
    assert fused.answer in texts[:2]
    assert fused.posterior == pytest.approx(1 / 3)


def test_white_space_does_not_make_two_texts_two_opinions() -> None:
    fused = KIND.aggregate(asked(), [({"a b": 1.0}, 1.0), ({"a  b\n": 1.0}, 1.0), ({"c": 1.0}, 1.0)])
    assert fused.posterior == pytest.approx(2 / 3)


def test_no_condition_or_count_goes_by_a_text_and_a_long_one_is_cut_where_it_is_a_key() -> None:
    assert KIND.keys(asked(), "anything") == ()
    assert len(KIND.key_title(asked(), "x" * 5_000)) < 300
