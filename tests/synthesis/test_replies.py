"""Replies are read strictly: an answer, or a reason why there is none."""

from __future__ import annotations

import pytest

from annotation.llms import Permanent, Reply
from annotation.synthesis.replies import TEXT, Unusable, answer_in, is_refusal, list_of, one_of, record, reply_schema

LABEL = one_of(("yes", "no"))


def read(text: str, answer: object) -> object:
    return answer_in(Reply(text, 1, 1), reply_schema(answer))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "answer", "reason"),
    [
        ("", TEXT, "empty"),
        ('{"answer": "unfin', TEXT, "cut off"),
        ('{"answer": "  "}', TEXT, "empty"),
        ('{"answer": 3}', TEXT, "not text"),
        ('{"answer": "a", "more": 1}', TEXT, "exactly"),
        ('{"answer": "a", "answer": "b"}', TEXT, "same key twice"),
        ('```json\n{"answer": "a"}\n```', TEXT, "not JSON"),
        ('{"answer": "maybe"}', LABEL, "not offered"),
        ('{"answer": ["yes"]}', LABEL, "not offered"),
        ('{"answer": []}', list_of(TEXT, 1, 3), "list of 1 to 3"),
        ('{"answer": {"input": "x"}}', record(input=TEXT, output=TEXT), "exactly: input, output"),
        ("I'm sorry, but I can't help with that.", TEXT, "refuses"),
        ('{"answer": "As an AI language model, I cannot do this."}', TEXT, "refuses"),
        ('{"answer": "a\\u0000b"}', TEXT, "cannot be stored"),
        ('{"answer": "' + "x" * 20_001 + '"}', TEXT, "20,001 characters"),
    ],
)
def test_what_is_not_as_asked_is_no_answer(text: str, answer: object, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        read(text, answer)


def test_what_is_as_asked_is_the_answer() -> None:
    assert read('{"answer": " so "}', TEXT) == "so"
    assert read('{"answer": {"output": "b", "input": "a"}}', record(input=TEXT, output=TEXT)) == {
        "input": "a",
        "output": "b",
    }
    with pytest.raises(Unusable, match="out of order"):
        answer_in(Permanent("The model is out of order."), reply_schema(TEXT))
    assert not is_refusal("The clerk said: I'm sorry, but I can't help.")
