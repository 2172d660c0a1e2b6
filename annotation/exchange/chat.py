"""Chat messages as OpenAI's fine-tuning and TRL have them: `{"messages": [{"role": "user", "content": "…"}, …]}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import Setting, Shape, Sink, Unwritable, Written
from .canonical import canonical_json
from .dialogue import Said, dialogue_of, left_out
from .object_formats import ObjectFormat, Translated
from .tool_records import Unusable
from .turns import ASSISTANT, NoConversation, Turn, is_conversation, turns_of

KEYS = ("messages", "conversation", "dialog", "dialogue", "chat", "prompt")


class Chat(ObjectFormat):
    """Reader and writer of conversations; reads TRL's prompt and completion as one, too."""

    name = "chat"
    title = gettext_noop("Chat messages (OpenAI, TRL)")
    settings: tuple[Setting, ...] = (
        Setting(
            "style",
            gettext_noop("A conversation is"),
            (
                ("messages", gettext_noop("One list of messages")),
                ("completion", gettext_noop("A prompt and its completion")),
            ),
        ),
    )

    def recognises(self, record: dict[str, Any]) -> bool:
        found = _key_of(record)
        return found is not None and "chosen" not in record and "role" in record[found][0]

    def translate(self, record: dict[str, Any]) -> Translated:
        """Column `messages`; every other key stays a column of its own."""
        key = _key_of(record)
        if key is None:
            raise Unusable(_("It has no list of messages, each with role and content."))
        rest = {name: value for name, value in record.items() if name not in (key, "messages")}
        turns, losses = conversation(record[key])
        if key == "prompt":
            answer, more = conversation(rest.pop("completion", None) or [])
            turns, losses = [*turns, *answer], (*losses, *more)
        return {"messages": turns, **rest}, (), losses

    def leaves_out(self, shape: Shape) -> list[str]:
        return training_leaves_out(shape)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A conversation an item with an answer, which is its last message."""

        def line(said: Said) -> dict[str, Any]:
            answer: Turn = {"role": ASSISTANT, "content": said.answer}
            if settings.get("style") == "completion":
                return {"prompt": said.turns, "completion": [answer]}
            return {"messages": [*said.turns, answer]}

        return write_dialogues(records, target, shape, line)


def conversation(value: Any) -> tuple[list[Turn], tuple[str, ...]]:
    """`turns_of`, for readers. Raises Unusable."""
    try:
        return turns_of(value) if value else ([], ())
    except NoConversation as error:
        raise Unusable(str(error)) from error


def training_leaves_out(shape: Shape) -> list[str]:
    try:
        dialogue = dialogue_of(shape)
    except Unwritable as error:
        return [str(error)]
    return left_out(shape, (dialogue.instruction, dialogue.answer, dialogue.ranking))


def write_dialogues(records: Iterable[dict[str, Any]], target: Sink, shape: Shape, line: Any) -> Written:
    """A line of JSON each record that has an answer: what `line` makes of it. Raises Unwritable."""
    dialogue = dialogue_of(shape)
    written = Written()
    for record in records:
        said = dialogue.said(record)
        if isinstance(said, str):
            written.losses[said] += 1
            continue
        external_id = record.get("external_id")
        target.write(canonical_json({**line(said), **({"id": external_id} if external_id else {})}) + b"\n")
        written.rows += 1
    return written


def _key_of(record: dict[str, Any]) -> str | None:
    return next((key for key in KEYS if is_conversation(record.get(key))), None)
