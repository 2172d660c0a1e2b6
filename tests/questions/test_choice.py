"""Choice questions: what counts as an answer, how votes become one, how a reply is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annotation.questions import InvalidAnswer, InvalidQuestion, Option, Question, parse_questions, type_of

INTENT = Question("intent", "choice", "Intent", options=(Option("a", "Apple"), Option("b", "Bean"), Option("c", "Cod")))
CHOICE = type_of(INTENT)
HOSTILE: list[Any] = [
    None, True, 0, 1.5, [], ["a"], {"a": 1}, b"a", "A", " a", "a ", "a\0", "Apple", "a\nb", "ａ",
    "x" * 100_000, "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("value", ["a", "b", "c"])
def test_an_option_is_an_answer_as_it_stands(value: str) -> None:
    assert CHOICE.clean(INTENT, value, {}) == value


@pytest.mark.parametrize("raw", HOSTILE, ids=[ascii(raw)[:20] for raw in HOSTILE])
def test_nothing_but_an_option_is_an_answer(raw: object) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        CHOICE.clean(INTENT, raw, {})
    assert caught.value.question == "intent"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("options", [[], ["a"], ["a", "a"], [str(number) for number in range(201)]])
def test_a_choice_needs_two_to_two_hundred_different_options(options: list[str]) -> None:
    with pytest.raises(InvalidQuestion):
        parse_questions([{"name": "intent", "type": "choice", "options": options}])


def test_answers_agree_or_do_not() -> None:
    assert CHOICE.distance(INTENT, "a", "a") == 0
    assert CHOICE.distance(INTENT, "a", "b") == 1


def test_a_persons_answer_has_all_the_mass_and_a_models_keeps_its_distribution() -> None:
    assert CHOICE.vote(INTENT, "a", None) == {"a": 1.0}
    assert CHOICE.vote(INTENT, "a", {"a": 0.6, "b": 0.4}) == {"a": 0.6, "b": 0.4}


@pytest.mark.parametrize(
    ("votes", "winner", "shares"),
    [
        ([({"a": 1.0}, 1)], "a", (1, 0, 0)),
        ([({"b": 1.0}, 1), ({"b": 1.0}, 1), ({"a": 1.0}, 1)], "b", (1 / 3, 2 / 3, 0)),
        # Half a model's weight, spread over its distribution.
        ([({"a": 1.0}, 1), ({"b": 0.9, "a": 0.1}, 0.5)], "a", (0.7, 0.3, 0)),
        ([({"c": 0.5, "b": 0.5}, 0.5)], "b", (0, 0.5, 0.5)),
    ],
)
def test_votes_become_weighted_shares(votes: list[Any], winner: str, shares: tuple[float, ...]) -> None:
    fused = CHOICE.aggregate(INTENT, votes)
    value, distribution = fused.answer, fused.distribution
    assert value == winner
    assert tuple(distribution.values()) == pytest.approx(shares)
    assert list(distribution) == ["a", "b", "c"]


def test_a_tie_goes_to_the_first_option_whoever_voted_first_and_never_looks_certain() -> None:
    for votes in ([({"b": 1.0}, 1), ({"a": 1.0}, 1)], [({"a": 1.0}, 1), ({"b": 1.0}, 1)]):
        fused = CHOICE.aggregate(INTENT, votes)
        value, distribution = fused.answer, fused.distribution
        assert value == "a"
        assert distribution["a"] == distribution["b"] == 0.5


def test_votes_for_a_retired_option_count_for_nothing() -> None:
    fused = CHOICE.aggregate(INTENT, [({"gone": 1.0}, 1), ({"b": 1.0}, 1)])
    value, distribution = fused.answer, fused.distribution
    assert (value, distribution["b"]) == ("b", 1.0)


@pytest.mark.parametrize("reply", ['{"answer": "b"}', ' {"answer":"b"}\n', '{"answer": "\\u0062"}'])
def test_a_reply_that_follows_the_schema_is_read(reply: str) -> None:
    assert CHOICE.parse(INTENT, reply, {}) == "b"


@pytest.mark.parametrize(
    "reply",
    [
        "", "b", '"b"', "null", "[]", '["b"]', '{"answer": "B"}', '{"answer": "d"}', '{"answer": null}',
        '{"answer": ["a", "b"]}', '{"answer": "b"', 'Sure! {"answer": "b"}', '```json\n{"answer": "b"}\n```',
        '{"answer": "b", "confidence": 1}', '{"Answer": "b"}', '{"answer": "b"}{"answer": "a"}', "{" * 100_000,
        "[" * 100_000, '{"answer": NaN}', "I'm sorry, but I can't help with that.",
    ],
)  # fmt: skip
def test_every_other_reply_is_a_failure_and_never_a_guess(reply: str) -> None:
    with pytest.raises(InvalidAnswer):
        CHOICE.parse(INTENT, reply, {})


def test_a_reply_that_names_two_answers_is_a_failure() -> None:
    with pytest.raises(InvalidAnswer):
        CHOICE.parse(INTENT, '{"answer": "a", "answer": "b"}', {})


def test_the_schema_admits_exactly_the_options() -> None:
    schema = CHOICE.reply_schema(INTENT)
    assert schema["properties"]["answer"]["enum"] == ["a", "b", "c"]
    assert schema["additionalProperties"] is False
    json.dumps(schema)


def test_the_prompt_shows_titles_and_descriptions() -> None:
    question = Question(
        "intent", "choice", "Intent", description="What do they want?", options=(Option("a", "Apple", "red"),)
    )
    assert CHOICE.prompt(question).splitlines() == ["Intent", "What do they want?", "Options:", "- Apple: red"]


def test_an_answer_is_one_column_and_is_shown_by_its_title() -> None:
    assert CHOICE.columns(INTENT, "a") == {"intent": "a"}
    assert CHOICE.display(INTENT, "a") == "Apple"
    assert CHOICE.display(INTENT, "gone") == "gone"
