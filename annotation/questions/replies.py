"""A language model's reply to one question: a JSON object with the one key “answer”."""

from __future__ import annotations

import json
from typing import Any

from .base import InvalidAnswer, Question


def answer_schema(answer: dict[str, Any]) -> dict[str, Any]:
    """The JSON schema of a reply whose answer has the schema `answer`."""
    return {
        "type": "object",
        "properties": {"answer": answer},
        "required": ["answer"],
        "additionalProperties": False,
    }


def reply_of(answer: object) -> str:
    """The reply that gives this answer."""
    return json.dumps({"answer": answer}, ensure_ascii=False)


def answer_in(question: Question, reply: str) -> object:
    """The raw answer, or InvalidAnswer. A reply that answers twice has not made up its mind."""
    try:
        document = json.loads(reply, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise InvalidAnswer(question.name, f"The reply is not JSON: {error}") from error
    if not isinstance(document, _Pairs) or [key for key, _ in document] != ["answer"]:
        raise InvalidAnswer(question.name, "The reply must be an object with the one key “answer”.")
    return _plain(question, document[0][1])


class _Pairs(tuple[Any, ...]):
    """An object as its pairs, repeated keys included."""


def _plain(question: Question, value: object) -> object:
    if isinstance(value, _Pairs):
        if len({key for key, _ in value}) != len(value):
            raise InvalidAnswer(question.name, "The reply has the same key twice.")
        return {key: _plain(question, each) for key, each in value}
    return [_plain(question, each) for each in value] if isinstance(value, list) else value
