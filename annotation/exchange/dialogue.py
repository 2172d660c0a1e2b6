"""What of a project is said to a model, and what it should answer: for formats that models are trained on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from annotation.questions import Question, as_text, type_of
from annotation.questions import Shape as Form
from annotation.questions.speech import gettext as _

from .base import Shape, Unwritable
from .turns import ASSISTANT, USER, Turn

INSTRUCTIONS = ("instruction", "prompt", "question", "query", "request")
ANSWERS = (
    "answer", "output", "response", "completion", "reply", "rewrite", "correction", "translation", "summary", "ideal",
)  # fmt: skip


class Said(NamedTuple):
    """`turns`: the conversation up to the answer; `instruction` and `context`: its last message, in two parts."""

    turns: list[Turn]
    instruction: str
    context: str
    answer: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Which fields and questions of a project make up a dialogue.

    The answer is what people wrote; else the response that they ranked first; else the only response; else the last
    message of the conversation that is shown.
    """

    shown: tuple[dict[str, str], ...]
    chat: str
    contexts: tuple[str, ...]
    responses: tuple[str, ...]
    instruction: Question | None
    answer: Question | None
    ranking: Question | None

    def said(self, record: dict[str, Any]) -> Said | str:
        """The record's dialogue; in a sentence, why it has none."""
        answer, missing = self._answer(record)
        turns = self.turns(record)
        if not missing and not answer:
            # What is shown is the whole of it.
            if not turns or turns[-1]["role"] != ASSISTANT:
                missing = _("A conversation that ends without an answer: left out.")
            else:
                answer = turns.pop()["content"]
        if missing:
            return missing
        if not turns:
            return _("An item that asks nothing: left out.")
        context = self._context(record) if self.instruction else ""
        instruction = self._written(record, self.instruction) or turns[-1]["content"]
        return Said(turns, instruction, context, answer)

    def turns(self, record: dict[str, Any]) -> list[Turn]:
        """What is said before the answer."""
        fields = record.get("fields") or {}
        turns: list[Turn] = [dict(turn) for turn in fields.get(self.chat) or ()] if self.chat else []
        spoken = [self._written(record, self.instruction), "" if self.chat else self._context(record)]
        text = "\n\n".join(each for each in spoken if each)
        return [*turns, {"role": USER, "content": text}] if text else turns

    def texts_of(self, record: dict[str, Any], tiers: list[list[str]]) -> list[list[str]]:
        """What the fields show that a ranking puts in order."""
        fields = record.get("fields") or {}
        return [[self._text(name, fields.get(name)) for name in tier] for tier in tiers]

    def _answer(self, record: dict[str, Any]) -> tuple[str, str]:
        """The answer, or why there is none; neither where it is in the conversation."""
        if self.answer:
            written = self._written(record, self.answer)
            return written, "" if written else _("An item without a decided answer: left out.")
        if self.ranking:
            tiers = self.texts_of(record, _value(record, self.ranking) or [])
            if not tiers:
                return "", _("An item without a decided answer: left out.")
            tied = _("An item of which several responses are the best: left out.")
            return (tiers[0][0], "") if len(tiers[0]) == 1 else ("", tied)
        if len(self.responses) == 1:
            text = self._text(self.responses[0], (record.get("fields") or {}).get(self.responses[0]))
            return text, "" if text else _("An item without a decided answer: left out.")
        return "", ""

    def _context(self, record: dict[str, Any]) -> str:
        fields = record.get("fields") or {}
        return "\n\n".join(text for name in self.contexts if (text := self._text(name, fields.get(name))))

    def _text(self, name: str, value: Any) -> str:
        kind = next((field["type"] for field in self.shown if field["name"] == name), "text")
        return as_text(kind, value)

    @staticmethod
    def _written(record: dict[str, Any], question: Question | None) -> str:
        return _value(record, question) or ""


def dialogue_of(shape: Shape) -> Dialogue:
    """How the project's records become dialogues. Raises Unwritable where there is no answer to learn from."""
    ranking = ranking_of(shape)
    compared = ranking.values if ranking else ()
    responses = [
        field["name"]
        for field in shape.shown
        if field["type"] == "response" or field["name"] in compared or _is_called(field["name"], ANSWERS)
    ]
    written = [question for question in shape.asked if type_of(question).shape is Form.WRITTEN]
    answer = _answering(written, alone=not responses)
    asked = [question for question in written if question is not answer and _is_called(question.name, INSTRUCTIONS)]
    chat = next((field["name"] for field in shape.shown if field["type"] == "chat"), "")
    if not (answer or ranking or len(responses) == 1 or chat):
        raise Unwritable(
            _("This project has no answers to learn from: no written ones, no response and no conversation.")
        )
    contexts = [field["name"] for field in shape.shown if field["name"] != chat and field["name"] not in responses]
    return Dialogue(
        shape.shown,
        chat,
        tuple(contexts),
        tuple(responses),
        asked[0] if asked else None,
        answer,
        None if answer else ranking,
    )


def ranking_of(shape: Shape) -> Question | None:
    """The question that puts what fields show in order."""
    names = {field["name"] for field in shape.shown}
    return next((each for each in shape.asked if type_of(each).shape is Form.ORDER and set(each.values) <= names), None)


def left_out(shape: Shape, used: Collection[Question | None]) -> list[str]:
    """What a dialogue has no place for."""
    said = [_("Who answered and who decided, stages and metadata.")]
    others = [question.title for question in shape.asked if question not in used]
    return said + ([_("The answers to %(names)s.") % {"names": ", ".join(others)}] if others else [])


def _answering(written: list[Question], *, alone: bool) -> Question | None:
    """The written question that is the answer: by its name; beside no responses also the last required one."""
    named = [question for question in written if _is_called(question.name, ANSWERS)]
    required = [question for question in written if question.required and not _is_called(question.name, INSTRUCTIONS)]
    return named[0] if named else required[-1] if required and alone else None


def _is_called(name: str, names: tuple[str, ...]) -> bool:
    return any(part in names for part in name.casefold().split("_"))


def _value(record: dict[str, Any], question: Question | None) -> Any:
    return ((record.get("labels") or {}).get(question.name) or {}).get("value") if question else None
