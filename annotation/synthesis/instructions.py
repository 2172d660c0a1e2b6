"""Tasks: an instruction, what it is to be done with, and what should come of it; and where a project keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.questions import Answers, Shape, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import InvalidParameters, Parameter, Seed, Work
from .subject import plain_fields

# What people call them, the likeliest name first.
NAMES: dict[str, tuple[str, ...]] = {
    "instruction": ("instruction", "prompt", "task", "query", "question"),
    "input": ("input", "context", "source"),
    "output": ("output", "response", "answer", "completion", "target"),
}
NOTE = gettext_noop("A field, or a question that is answered in writing. Empty: found by its name.")
SLOTS = (
    Parameter("instruction", gettext_noop("Where the instruction stands"), "text", "", NOTE),
    Parameter("input", gettext_noop("Where its input stands, if anywhere"), "text", "", NOTE),
    Parameter("output", gettext_noop("Where the answer stands"), "text", "", NOTE),
)
# What models put before each text of a list.
NUMBERING = re.compile(r"(?:\d{1,3}[.)]|[-*•])\s+")
NOTHING = ("", "none", "n/a", "nothing", "<noinput>")


@dataclass(frozen=True, slots=True)
class Task:
    """`input` may be empty: many instructions need none."""

    instruction: str
    input: str = ""
    output: str = ""

    @property
    def asked(self) -> str:
        """The instruction with its input, as somebody would send them."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction


@dataclass(frozen=True, slots=True)
class Slots:
    """Where each part of a task stands: a field's name, or a question's; empty where it has no place of its own."""

    fields: frozenset[str]
    instruction: str
    input: str
    output: str
    shown: str
    """The first plain field: what stands there where all parts are answers to questions."""

    def task(self, seed: Seed) -> Task | None:
        """The seed's, None where it has no instruction."""
        instruction, given, output = (self._read(seed, name) for name in (self.instruction, self.input, self.output))
        return Task(instruction, given, output) if instruction else None

    def item(self, task: Task) -> tuple[dict[str, Any], Answers]:
        """(fields, answers) of an item that is this task."""
        split = bool(self.input) and self.instruction in self.fields
        said = task.instruction if split else task.asked
        parts = {self.instruction: said, self.output: task.output} | ({self.input: task.input} if split else {})
        fields = {name: text for name, text in parts.items() if name in self.fields and text}
        answers = {name: text for name, text in parts.items() if name not in self.fields and text}
        if self.instruction not in self.fields:
            # Reviewers are shown what was asked; the instruction by itself is the answer that they do not see.
            fields[self.shown], answers[self.instruction] = task.asked, task.instruction
        return fields, answers

    def _read(self, seed: Seed, name: str) -> str:
        value = (seed.fields if name in self.fields else seed.answers).get(name)
        return value.strip() if isinstance(value, str) else ""


def find_slots(work: Work) -> Slots:
    """As the parameters say, or by the names of fields and questions. Raises InvalidParameters."""
    plain = plain_fields(work)
    if not plain:
        raise InvalidParameters(_("This recipe works on text, and the project's items show no field of plain text."))
    written = [question.name for question in work.questions if type_of(question).shape is Shape.WRITTEN]
    found: dict[str, str] = {}
    for part in NAMES:
        found[part] = _chosen(part, work.parameters, [*plain, *written])
    for part in NAMES:
        free = [name for name in (*plain, *written) if name not in found.values()]
        found[part] = found[part] or next((name for name in NAMES[part] if name in free), "")
    found["instruction"] = found["instruction"] or next((name for name in plain if name not in found.values()), "")
    if not found["instruction"]:
        raise InvalidParameters(_("Say which field or question holds the instruction."), "instruction")
    if not found["output"]:
        raise InvalidParameters(
            _("There is no place for the answer: name a field, or a question that is answered in writing."), "output"
        )
    return Slots(frozenset(plain), found["instruction"], found["input"], found["output"], plain[0])


def _chosen(part: str, parameters: Mapping[str, Any], known: Sequence[str]) -> str:
    name = str(parameters.get(part) or "")
    if name and name not in known:
        raise InvalidParameters(
            _("“%(name)s” is no field of plain text and no question that is answered in writing; there is: %(names)s.")
            % {"name": name[:80], "names": ", ".join(known)},
            part,
        )
    return name


def tasks_in(work: Work, slots: Slots) -> list[tuple[Seed, Task]]:
    """The seeds that hold an instruction. Raises InvalidParameters where none does."""
    found = [(seed, task) for seed in work.seeds if (task := slots.task(seed)) is not None]
    if not found:
        raise InvalidParameters(
            _("None of the chosen items has an instruction in “%(name)s”.") % {"name": slots.instruction}, "instruction"
        )
    return found


def input_of(text: str) -> str:
    """Models are asked to write “none” where a task needs no input."""
    return "" if text.strip().strip(".").casefold() in NOTHING else text


def unnumbered(text: str) -> str:
    """One of several that a model wrote, without its number or dash."""
    return NUMBERING.sub("", text, count=1) if NUMBERING.match(text) else text
