"""Answers that are known before: where they stand, and whether what a model says is the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from annotation.llms.base import Schema
from annotation.questions import Answers, Question, Shape, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import InvalidParameters, Parameter, Seed, Work
from .filters.tokens import tokens_of
from .instructions import NAMES
from .replies import TEXT, one_of
from .subject import plain_fields, text_in
from .wording import options_listed

KNOWN = Parameter(
    "known",
    gettext_noop("Where the right answer stands"),
    "text",
    "",
    gettext_noop("A question or a field. Empty: the first question with options, or found by its name."),
)
OFFERED = (Shape.ONE, Shape.SCALE)
# As GSM8K writes it, as models write it.
FINAL = re.compile(r"####|\b(?:final )?answer(?: is|:)", re.IGNORECASE)
UNITS = "$€£%° \t\n"


@dataclass(frozen=True, slots=True)
class Known:
    """A field, or a question; the other one is nothing."""

    field: str
    question: Question | None

    def of(self, seed: Seed) -> str:
        """The seed's, empty where none is known."""
        if self.question is None:
            return final_answer(text_in(seed, self.field))
        value = seed.answers.get(self.question.name)
        if type_of(self.question).shape in OFFERED:
            return str(value) if str(value) in self.question.values else ""
        return final_answer(value) if isinstance(value, str) else ""

    @property
    def schema(self) -> Schema:
        return one_of(self._offered.values) if self._offered else TEXT

    @property
    def asked(self) -> str:
        """What is wanted of whoever solves the problem; empty where the problem says it by itself."""
        if self._offered:
            return f"{self._offered.title}\n{options_listed(self._offered)}"
        return self.question.title if self.question else ""

    @property
    def reply(self) -> str:
        """What the answer is to look like."""
        if self._offered:
            return f"one of: {', '.join(map(repr, self._offered.values))}"
        return "the final answer alone, as short as can be"

    def answers(self, seed: Seed) -> Answers:
        """What an item about the same problem is made to be."""
        name = self.question.name if self.question else ""
        return {name: seed.answers[name]} if name else {}

    @property
    def _offered(self) -> Question | None:
        return self.question if self.question and type_of(self.question).shape in OFFERED else None


def find_known(work: Work, beside: Sequence[str]) -> Known:
    """As the parameter says, or the first that fits; none of the fields `beside`. Raises InvalidParameters."""
    fields = [name for name in plain_fields(work) if name not in beside]
    questions = {each.name: each for each in work.questions if type_of(each).shape in (*OFFERED, Shape.WRITTEN)}
    chosen = str(work.parameters.get("known") or "")
    if not chosen:
        offered = [name for name, each in questions.items() if type_of(each).shape in OFFERED]
        named = [name for name in NAMES["output"] if name in fields or name in questions]
        chosen = next(iter([*offered, *named]), "")
    if chosen in questions:
        return Known("", questions[chosen])
    if chosen in fields:
        return Known(chosen, None)
    raise InvalidParameters(
        _("Say where the right answer stands; there is: %(names)s.")
        % {"names": ", ".join([*questions, *fields]) or _("none")},
        "known",
    )


def final_answer(text: str) -> str:
    """What stands behind “####” or “the answer is”, the last time; else all of it."""
    found = list(FINAL.finditer(text))
    return (text[found[-1].end() :] if found else text).strip()


def is_same(known: str, said: str) -> bool:
    """Numbers by their value, all else by its words."""
    first, second = _number(known), _number(said)
    if first is not None and second is not None:
        return first == second
    return known == said or (bool(tokens_of(known)) and tokens_of(known) == tokens_of(said))


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip(UNITS).rstrip(".").replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
