"""Two responses to one prompt: where a project keeps them, and the item that a judgement makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.questions import Answers, Question, Shape, type_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import InvalidParameters, Parameter, Work
from .instructions import NAMES
from .responding import Asked
from .subject import plain_fields, seeds_with_text, text_in

SIDES = (
    Parameter(
        "prompt",
        gettext_noop("Where the prompt stands"),
        "text",
        "",
        gettext_noop("A field. Empty: found by its name."),
    ),
    Parameter(
        "ranking",
        gettext_noop("Question"),
        "text",
        "",
        gettext_noop("The name of a question that ranks two of the fields. Empty: the first that does."),
    ),
)


@dataclass(frozen=True, slots=True)
class Sides:
    """The field of the prompt, the fields of two responses, and the question that ranks them."""

    prompt: str
    first: str
    second: str
    question: Question

    def item(self, prompt: str, better: str, worse: str, *, better_first: bool) -> tuple[dict[str, Any], Answers]:
        """(fields, answers) of the item in which the better response stands on this side."""
        won, lost = (self.first, self.second) if better_first else (self.second, self.first)
        return {self.prompt: prompt, won: better, lost: worse}, {self.question.name: [[won], [lost]]}


def find_sides(work: Work) -> Sides:
    """As the parameters say, or the first that fit. Raises InvalidParameters."""
    plain, question = plain_fields(work), _ranking(work)
    first, second = question.values
    free = [name for name in plain if name not in question.values]
    chosen = str(work.parameters.get("prompt") or "")
    if not free or (chosen and chosen not in free):
        raise InvalidParameters(
            _("The prompt stands in a field of plain text beside both responses; there is: %(names)s.")
            % {"names": ", ".join(free) or _("none")},
            "prompt",
        )
    named = next((name for name in NAMES["instruction"] if name in free), free[0])
    return Sides(chosen or named, first, second, question)


def prompts_in(work: Work, sides: Sides) -> list[Asked]:
    """What the seeds ask, each wording once. Raises InvalidParameters where none asks anything."""
    try:
        seeds = seeds_with_text(work, sides.prompt)
    except InvalidParameters as error:
        raise InvalidParameters(str(error), "prompt") from error
    found: dict[str, Asked] = {}
    for seed in seeds:
        text = text_in(seed, sides.prompt)
        found.setdefault(text, Asked(seed, text))
    return list(found.values())


def _ranking(work: Work) -> Question:
    plain, chosen = plain_fields(work), str(work.parameters.get("ranking") or "")
    fitting = [each for each in work.questions if _ranks_two(each, plain)]
    if not fitting:
        raise InvalidParameters(
            _(
                "This recipe needs a question that puts two responses in order, its two options called like the fields "
                "in which they stand; the template “preference” has one."
            )
        )
    found = next((each for each in fitting if chosen in ("", each.name)), None)
    if found is None:
        raise InvalidParameters(
            _("“%(name)s” does not rank two fields; there is: %(names)s.")
            % {"name": chosen[:80], "names": ", ".join(each.name for each in fitting)},
            "ranking",
        )
    return found


def _ranks_two(question: Question, plain: Sequence[str]) -> bool:
    return (
        type_of(question).shape is Shape.ORDER
        and len(question.values) == 2
        and all(v in plain for v in question.values)
    )
