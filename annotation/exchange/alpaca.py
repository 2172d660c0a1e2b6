"""Alpaca: `{"instruction": "…", "input": "…", "output": "…"}`; LLaMA-Factory adds `system` and `history`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from annotation.questions.speech import gettext as _

from .base import Shape, Sink, Written
from .chat import training_leaves_out, write_dialogues
from .dialogue import Said
from .object_formats import ObjectFormat, Translated
from .tool_records import Unusable
from .turns import ASSISTANT, SYSTEM, USER


class Alpaca(ObjectFormat):
    """Reader and writer of instructions with an input and an output."""

    name = "alpaca"
    title = "Alpaca"

    def recognises(self, record: dict[str, Any]) -> bool:
        return isinstance(record.get("instruction"), str) and isinstance(record.get("output"), str)

    def translate(self, record: dict[str, Any]) -> Translated:
        """Columns `instruction`, `input`, `output`; `messages` where a `history` came before."""
        if not isinstance(record.get("instruction"), str):
            raise Unusable(_("It has no “instruction” of text."))
        values = {
            "instruction": record["instruction"],
            "input": record.get("input") or "",
            "output": record.get("output"),
        }
        values |= {name: value for name, value in record.items() if name not in (*values, "history", "system")}
        if record.get("history") or record.get("system"):
            values["messages"] = _messages(record)
        return values, (), ()

    def leaves_out(self, shape: Shape) -> list[str]:
        return training_leaves_out(shape)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """An instruction an item with an answer; earlier turns of a conversation become its history."""
        return write_dialogues(records, target, shape, _line)


def _line(said: Said) -> dict[str, Any]:
    system = "\n\n".join(turn["content"] for turn in said.turns if turn["role"] == SYSTEM)
    pairs: list[list[str]] = []
    for turn in said.turns:
        # Turns of the same side in a row are one; what answers nothing answers an empty question.
        if turn["role"] == ASSISTANT:
            if not pairs or pairs[-1][1]:
                pairs.append(["", turn["content"]])
            else:
                pairs[-1][1] = turn["content"]
        elif turn["role"] != SYSTEM:
            if pairs and not pairs[-1][1]:
                pairs[-1][0] += "\n\n" + turn["content"]
            else:
                pairs.append([turn["content"], ""])
    history = [pair for pair in pairs if pair[1]]
    asked = said.instruction if said.context else pairs[-1][0] if pairs and not pairs[-1][1] else said.instruction
    return {
        "instruction": asked,
        "input": said.context,
        "output": said.answer,
        **({"system": system} if system else {}),
        **({"history": history} if history else {}),
    }


def _messages(record: dict[str, Any]) -> list[dict[str, str]]:
    """The whole conversation that a record with a history is."""
    system, history = record.get("system"), record.get("history")
    turns = [{"role": SYSTEM, "content": system}] if isinstance(system, str) and system else []
    for pair in history if isinstance(history, list) else ():
        if not (isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair)):
            raise Unusable(_("Its history is no list of pairs: what was asked, what was answered."))
        turns += [{"role": USER, "content": pair[0]}, {"role": ASSISTANT, "content": pair[1]}]
    asked = "\n\n".join(text for text in (record["instruction"], record.get("input")) if isinstance(text, str) and text)
    return [*turns, {"role": USER, "content": asked}]
