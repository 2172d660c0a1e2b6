"""A model behind a server of tests/endpoints.py, and how to ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from annotation.llms import Endpoint, ModelError, Prompt, Reply
from annotation.llms.openai import EndpointModel
from tests.endpoints import KEY, Answer, Asked, Behaviour, Server, answers

SCHEMA = {"type": "object", "properties": {"answer": {"enum": ["refund", "other"]}}, "required": ["answer"]}
Serve = Callable[[Behaviour], Server]


def model_at(server: Server, **settings: Any) -> EndpointModel:
    given = {"deadline": 5.0, "samples": 1, "key": KEY, **settings}
    return EndpointModel(Endpoint("team-vllm", server.url, "tiny", **given))


def ask(model: EndpointModel, *texts: str) -> list[Reply | ModelError]:
    return model.generate([Prompt("Which?\n<text>\n", text, "\n</text>") for text in texts], schema=SCHEMA)


def only(results: list[Reply | ModelError]) -> Reply:
    (result,) = results
    assert isinstance(result, Reply), repr(result)
    return result


def echo(asked: Asked) -> Answer:
    """The text itself is the answer, so that a mix-up would show."""
    return answers(asked.text.partition("<text>\n")[2].partition("\n</text>")[0])
