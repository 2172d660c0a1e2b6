"""Replies held to a JSON schema, in batches."""

from __future__ import annotations

import json

import jsonschema
import pytest

from annotation.llms import Permanent, Prompt, get_model
from annotation.llms.base import Sampling
from annotation.llms.local import LocalModel
from annotation.questions import type_of
from tests.labelers.cast import QUESTIONS

SCHEMA = {
    "type": "object",
    "properties": {
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
        "answer": {"enum": ["refund", "billing question", "other"]},
        "why": {"type": "string", "maxLength": 12},
    },
    "required": ["stars", "answer", "why"],
    "additionalProperties": False,
}
TEXTS = [
    "I want my money back.",
    "Hello.",
    "Why is my bill higher than it was last month? I did not order anything else.",
]


@pytest.fixture(scope="module")
def model() -> LocalModel:
    loaded = get_model("local", {})
    assert isinstance(loaded, LocalModel)
    return loaded


def prompts() -> list[Prompt]:
    return [Prompt("What does the customer want? Reply in JSON.\n\n", text) for text in TEXTS]


def test_every_reply_of_a_batch_follows_the_schema(model: LocalModel) -> None:
    for sampling in (None, Sampling(temperature=1.5, seed=7)):
        for reply in model.generate(prompts(), schema=SCHEMA, max_tokens=60, sampling=sampling):
            said = json.loads(reply.text)
            jsonschema.validate(said, SCHEMA)
            assert list(said) == SCHEMA["required"], "what comes first is what the rest follows from"


def test_a_reply_in_a_batch_is_the_reply_alone(model: LocalModel) -> None:
    together = [reply.text for reply in model.generate(prompts(), schema=SCHEMA, max_tokens=60)]
    (alone,) = model.generate(prompts()[1:2], schema=SCHEMA, max_tokens=60)
    assert together[1] == alone.text


def test_a_lead_is_the_beginning_of_the_reply(model: LocalModel) -> None:
    lead = '{"stars": 3, "answer": "billing'
    (reply,) = model.generate([Prompt("Reply in JSON.", "Hello.", "", lead)], schema=SCHEMA, max_tokens=60)
    assert json.loads(reply.text)["answer"] == "billing question"
    with pytest.raises(Permanent, match="does not begin a reply"):
        model.generate([Prompt("Reply in JSON.", "Hello.", "", "Sure!")], schema=SCHEMA, max_tokens=60)


def test_what_a_question_asks_for_is_parsed_from_what_the_model_writes(model: LocalModel) -> None:
    (question,) = QUESTIONS
    schema = type_of(question).reply_schema(question)
    for reply in model.generate(prompts(), schema=schema, max_tokens=30):
        assert type_of(question).parse(question, reply.text, {}) in question.values


def test_a_schema_that_cannot_be_kept_is_a_permanent_error(model: LocalModel) -> None:
    with pytest.raises(Permanent, match="cannot be held to this JSON schema"):
        model.generate(prompts(), schema={"type": "no such type"}, max_tokens=5)


def test_drawn_replies_follow_their_seed_and_place_and_nothing_beside_them(model: LocalModel) -> None:
    def drawn(asked: list[Prompt], seed: int) -> list[str]:
        return [reply.text for reply in model.generate(asked, max_tokens=8, sampling=Sampling(1.0, seed))]

    replies = drawn(prompts(), 1)
    assert replies == drawn(prompts(), 1)
    assert replies != drawn(prompts(), 2)
    assert replies[:1] == drawn(prompts()[:1], 1)
    assert len(set(drawn(prompts()[:1] * 4, 1))) > 1
