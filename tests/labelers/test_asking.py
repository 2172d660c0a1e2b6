"""L6: what a model replies is an answer word for word, or it is a failure that keeps the reply."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from annotation.labelers import Failure, Prediction
from annotation.labelers.base import RAW_CHARACTERS
from annotation.labelers.prompted import PromptedLabeler
from annotation.llms import ModelError, Prompt, Reply
from annotation.llms.base import Schema
from annotation.llms.scripted import ScriptedModel
from tests.labelers.cast import BRIEF, QUESTIONS, items

NO_ANSWERS = {
    "truncated": '{"answer": "bu',
    "truncated after the label": '{"answer": "bug"',
    "unknown label": '{"answer": "complaint"}',
    "a title instead of a value": '{"answer": "Technical problem"}',
    "another case": '{"answer": "BUG"}',
    "blanks around it": '{"answer": " bug "}',
    "several labels": '{"answer": ["bug", "refund"]}',
    "one label in a list": '{"answer": ["bug"]}',
    "two answers": '{"answer": "bug", "answer": "refund"}',
    "an answer and more": '{"answer": "bug", "also": "refund"}',
    "another key": '{"label": "bug"}',
    "a bare label": "bug",
    "a quoted label": '"bug"',
    "a list": '[{"answer": "bug"}]',
    "two objects": '{"answer": "bug"}\n{"answer": "bug"}',
    "chatter before it": 'Sure! {"answer": "bug"}',
    "a code block": '```json\n{"answer": "bug"}\n```',
    "a number": '{"answer": 3}',
    "true": '{"answer": true}',
    "nothing": '{"answer": null}',
    "an object": '{"answer": {"value": "bug"}}',
    "empty": "",
    "blank": "  \n ",
    "a refusal": "I'm sorry, but I can't help with that.",
    "deeply nested": "[" * 100_000,
    "a NUL": '{"answer": "bug\0"}',
    "ten megabytes": "x" * 10_000_000,
    "ten megabytes of JSON": json.dumps({"answer": "bug" * 3_300_000}),
    "confidence in words": '{"answer": "bug", "confidence": "high"}',
    "two confidences": '{"answer": "bug", "confidence": 0.2, "confidence": 0.9}',
    "confidence and no label": '{"answer": "complaint", "confidence": 0.9}',
}


class Saying(ScriptedModel):
    """Replies the same to everything."""

    def __init__(self, text: str) -> None:
        super().__init__({})
        self._text = text

    def generate(
        self, prompts: Sequence[Prompt], *, schema: Schema | None = None, max_tokens: int = 256
    ) -> list[Reply | ModelError]:
        return [Reply(self._text, 5, 2) for _ in prompts]


def said(text: str) -> Prediction | Failure:
    (result,) = PromptedLabeler(Saying(text), {}, BRIEF).label(items("hello"))
    return result


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_is_no_answer_is_a_failure_with_the_reply_kept_and_nothing_coerced(name: str) -> None:
    text = NO_ANSWERS[name]
    result = said(text)
    assert isinstance(result, Failure)
    assert not result.retryable
    assert result.reason.startswith("Intent: ") and len(result.reason) < 300
    assert result.raw_reply[:RAW_CHARACTERS] == text[:RAW_CHARACTERS].replace("\0", "␀")
    assert len(result.raw_reply) < RAW_CHARACTERS + 50
    assert result.tokens == 7


@pytest.mark.parametrize("text", ['{"answer": "bug"}', '\n { "answer" : "bug" } '])
def test_an_answer_is_an_answer(text: str) -> None:
    result = said(text)
    assert isinstance(result, Prediction)
    assert result.distribution["intent"] == {"refund": 0.0, "billing": 0.0, "bug": 1.0}


@pytest.mark.parametrize("text", ['{"answer": "bug", "confidence": 0.3}', '{"confidence": 55, "answer": "bug"}'])
def test_what_a_model_says_of_its_certainty_is_kept_and_counts_for_nothing(text: str) -> None:
    silent, result = said('{"answer": "bug"}'), said(text)
    assert isinstance(result, Prediction) and isinstance(silent, Prediction)
    assert result.raw_reply == text
    assert (result.answers, result.distribution, result.confidence) == (
        silent.answers,
        silent.distribution,
        silent.confidence,
    )


def test_every_valid_label_is_taken_as_it_is() -> None:
    for value in QUESTIONS[0].values:
        result = said(json.dumps({"answer": value}))
        assert isinstance(result, Prediction) and result.answers == {"intent": value}
