"""ShareGPT's conversations: `{"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}]}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from annotation.questions.speech import gettext as _

from .base import Shape, Sink, Written
from .chat import conversation, training_leaves_out, write_dialogues
from .dialogue import Said
from .object_formats import ObjectFormat, Translated
from .tool_records import Unusable
from .turns import ASSISTANT, SYSTEM, USER, is_conversation

KEYS = ("conversations", "conversation", "items", "messages")
SPEAKERS = {USER: "human", ASSISTANT: "gpt"}


class ShareGpt(ObjectFormat):
    """Reader and writer of conversations by `from` and `value`."""

    name = "sharegpt"
    title = "ShareGPT"

    def recognises(self, record: dict[str, Any]) -> bool:
        found = _key_of(record)
        return found is not None and "from" in record[found][0] and "chosen" not in record

    def translate(self, record: dict[str, Any]) -> Translated:
        """Column `messages`, the key `system` its first; every other key stays a column of its own."""
        key = _key_of(record)
        if key is None:
            raise Unusable(_("It has no conversation of messages with from and value."))
        rest = {name: value for name, value in record.items() if name not in (key, "messages")}
        turns, losses = conversation(record[key])
        system = rest.get("system")
        if isinstance(system, str):
            del rest["system"]
            turns = [{"role": SYSTEM, "content": system}, *turns] if system else turns
        return {"messages": turns, **rest}, (), losses

    def leaves_out(self, shape: Shape) -> list[str]:
        return training_leaves_out(shape)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A conversation an item with an answer, which is its last message."""

        def line(said: Said) -> dict[str, Any]:
            turns = [*said.turns, {"role": ASSISTANT, "content": said.answer}]
            return {
                "conversations": [
                    {"from": SPEAKERS.get(turn["role"], turn["role"]), "value": turn["content"]} for turn in turns
                ]
            }

        return write_dialogues(records, target, shape, line)


def _key_of(record: dict[str, Any]) -> str | None:
    return next((key for key in KEYS if is_conversation(record.get(key))), None)
