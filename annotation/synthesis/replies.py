"""What a model is asked to reply with, and the reply read strictly: it is what was asked for, or it is nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from annotation.llms import ModelError, Reply
from annotation.llms.base import Schema
from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

TEXT: Schema = {"type": "string"}
LONGEST = 20_000
RAW_CHARACTERS = 20_000
# PostgreSQL stores neither NUL nor half of a surrogate pair.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# How models that were trained to refuse begin when they do; further on in a text such words may well belong to it.
REFUSALS = (
    r"(?:i['’]?m|i am|we are|we['’]re) (?:very |really |so |truly )?sorry\b",
    r"sorry, (?:but )?i\b",
    r"(?:i apologi[sz]e|my apologies)\b",
    r"(?:unfortunately,? )?i (?:can['’]?t|cannot|can not|won['’]?t|will not|am unable|am not able|must decline)\b",
    r"i['’]?m (?:unable|not able|(?:just )?an? (?:ai|language model))\b",
    r"as an? (?:ai|artificial|(?:large )?language model)\b",
    r"es tut mir leid\b|ich kann (?:das|dir|ihnen) (?:leider )?nicht\b|als (?:ki|sprachmodell)\b",
)
REFUSAL = re.compile(rf"\W*(?:{'|'.join(REFUSALS)})", re.IGNORECASE)


class Unusable(ValueError):
    """A reply that is no answer; the message says why."""


def one_of(values: Sequence[str]) -> Schema:
    return {"enum": list(values)}


def list_of(each: Schema, least: int, most: int) -> Schema:
    return {"type": "array", "items": each, "minItems": least, "maxItems": most}


def record(**parts: Schema) -> Schema:
    """An object with exactly these parts; a model writes them in this order."""
    return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}


def reply_schema(answer: Schema) -> Schema:
    """A whole reply: an object with the one key “answer”."""
    return record(answer=answer)


def is_refusal(text: str) -> bool:
    return REFUSAL.match(text) is not None


def raw_of(reply: Reply | ModelError) -> str:
    return reply.text.replace("\0", "")[:RAW_CHARACTERS] if isinstance(reply, Reply) else ""


def answer_in(reply: Reply | ModelError, schema: Schema) -> Any:
    """The answer of a reply to a request with this schema, white space around its texts taken off. Raises Unusable."""
    if isinstance(reply, ModelError):
        raise Unusable(str(reply))
    if not reply.text.strip():
        raise Unusable(_("The reply is empty."))
    try:
        document = json.loads(reply.text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        if is_refusal(reply.text):
            raise Unusable(_("The model refuses.")) from error
        raise Unusable(_("The reply is not JSON, or was cut off: %(error)s.") % {"error": error}) from error
    return _fitting(document, schema, "")["answer"]


def _fitting(value: Any, schema: Schema, where: str) -> Any:
    """The value where it is as the schema says, which uses no more of JSON Schema than the functions above."""
    if "enum" in schema:
        if not isinstance(value, str) or value not in schema["enum"]:
            raise Unusable(_("%(where)s “%(value)s” was not offered.") % {"where": where, "value": str(value)[:80]})
        return value
    if schema["type"] == "string":
        return _text(value, where)
    if schema["type"] == "array":
        least, most = schema["minItems"], schema["maxItems"]
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Unusable(
                _("%(where)s is not a list of %(least)s to %(most)s.") % {"where": where, "least": least, "most": most}
            )
        return [_fitting(each, schema["items"], f"{where} {place}") for place, each in enumerate(value, 1)]
    parts = schema["properties"]
    if not isinstance(value, dict) or set(value) != set(parts):
        raise Unusable(
            _("%(where)s is not an object of exactly: %(names)s.")
            % {"where": where or _("The reply"), "names": ", ".join(parts)}
        )
    return {name: _fitting(value[name], each, f"{where} {name}".strip()) for name, each in parts.items()}


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise Unusable(_("%(where)s is not text.") % {"where": where})
    text = value.strip()
    if not text:
        raise Unusable(_("%(where)s is empty.") % {"where": where})
    if len(text) > LONGEST:
        raise Unusable(
            _("%(where)s has %(count)s characters, more than %(most)s.")
            % {"where": where, "count": number(len(text)), "most": number(LONGEST)}
        )
    if UNSTORABLE.search(text):
        raise Unusable(_("%(where)s holds a character that cannot be stored.") % {"where": where})
    if is_refusal(text):
        raise Unusable(_("The model refuses."))
    return text


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _value in pairs}) != len(pairs):
        raise ValueError("the same key twice")
    return dict(pairs)
