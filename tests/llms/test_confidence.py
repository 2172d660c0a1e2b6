from __future__ import annotations

import json
import math

import pytest

from annotation.llms.confidence import Token, answer_probability, option_shares, read_tokens


def token(spelling: str, probability: float, **others: float) -> Token:
    return Token(spelling.encode(), math.log(probability), {name.encode(): p for name, p in others.items()})


def test_options_share_what_the_schema_left_them() -> None:
    """The model would rather have said something else (0.7); of what it may say, refund has three of four parts."""
    text = '{"answer": "refund"}'
    tokens = [token('{"answer": "', 0.01), token("refund", 0.15, refund=0.15, other=0.05, Sorry=0.7), token('"}', 1.0)]
    assert option_shares(text, tokens, ["refund", "other"]) == pytest.approx({"refund": 0.75, "other": 0.25})
    assert answer_probability(text, tokens) == pytest.approx(0.15 * 0.01)


def test_options_with_a_common_beginning_are_told_apart_where_they_part() -> None:
    text = '{"answer": "cattle"}'
    tokens = [
        token('{"answer":', 1.0),
        token(' "', 1.0, **{' "': 1.0}),
        token("cat", 0.6, cat=0.6, dog=0.4),
        token("tle", 0.7, tle=0.7, **{'"}': 0.3}),
        token('"}', 1.0, **{'"}': 1.0}),
    ]
    shares = option_shares(text, tokens, ["cat", "cattle", "dog"])
    assert shares == pytest.approx({"cat": 0.18, "cattle": 0.42, "dog": 0.4})


def test_an_answer_that_is_no_option_has_no_shares() -> None:
    tokens = [token('{"answer": "', 1.0), token("bird", 0.9, bird=0.9, cat=0.1), token('"}', 1.0)]
    assert option_shares('{"answer": "bird"}', tokens, ["cat", "dog"]) is None


def test_without_alternatives_only_the_answers_own_probability_is_known() -> None:
    text = '{"answer": "cat"}'
    tokens = [token('{"', 0.5), token('answer": "ca', 0.9), token("t", 0.8), token('"}', 1.0)]
    assert option_shares(text, tokens, ["cat", "dog"]) is None
    assert answer_probability(text, tokens) == pytest.approx(0.72)


def test_a_character_that_is_split_between_tokens_is_still_spelled() -> None:
    smile = "😀".encode()
    content = [
        {"token": '{"answer": "', "logprob": 0.0, "bytes": None},
        {"token": "�", "logprob": math.log(0.5), "bytes": list(smile[:2])},
        {"token": "�", "logprob": math.log(0.5), "bytes": list(smile[2:])},
        {"token": '"}', "logprob": 0.0, "bytes": list(b'"}')},
    ]
    assert answer_probability('{"answer": "😀"}', read_tokens({"content": content})) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "logprobs",
    [None, [], {}, {"content": None}, {"content": [None]}, {"content": [{"token": "x"}]},
     {"content": [{"token": "x", "logprob": "0"}]}, {"content": [{"token": "x", "logprob": 5}]},
     {"content": [{"token": "x", "logprob": float("nan")}]}, {"content": [{"token": 1, "logprob": -1}]}],
    ids=json.dumps,
)  # fmt: skip
def test_log_probabilities_that_are_none_are_not_used(logprobs: object) -> None:
    assert read_tokens(logprobs) == []
    assert answer_probability("x", read_tokens(logprobs)) is None
