"""What of a project a recipe works on: which field, which question, and which answers outlive a change of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotation.questions import Answers, Question, Shape, type_of
from annotation.questions.fields import PLAIN_TYPES
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import InvalidParameters, Parameter, Seed, Work

FIELD = Parameter("field", gettext_noop("Field"), "field", None, gettext_noop("The text to work on."))
QUESTION = Parameter(
    "question", gettext_noop("Question"), "question", None, gettext_noop("Answered by choosing one option.")
)


def settings(work: Work, parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Every parameter's value, its default where nothing was chosen."""
    return {each.name: work.parameters.get(each.name, each.default) for each in parameters}


def plain_fields(work: Work) -> list[str]:
    return [each["name"] for each in work.fields if each["type"] in PLAIN_TYPES]


def text_field(work: Work, where: str = "field") -> str:
    """The name of the field that was chosen, or of the first plain one. Raises InvalidParameters."""
    plain, name = plain_fields(work), work.parameters.get(where)
    if not plain:
        raise InvalidParameters(_("This recipe works on text, and the project's items show no field of plain text."))
    if name and name not in plain:
        raise InvalidParameters(
            _("“%(name)s” is no field of plain text; there is: %(names)s.")
            % {"name": str(name)[:80], "names": ", ".join(plain)},
            where,
        )
    return name or plain[0]


def choice_question(work: Work, where: str = "question") -> Question:
    """The question that was chosen, or the first whose answer is one option. Raises InvalidParameters."""
    fitting = [each for each in work.questions if type_of(each).shape is Shape.ONE and len(each.values) > 1]
    name = work.parameters.get(where)
    if not fitting:
        raise InvalidParameters(
            _("This recipe needs a question that is answered by choosing one of several options; the project has none.")
        )
    if not name:
        return fitting[0]
    found = next((each for each in fitting if each.name == name), None)
    if found is None:
        raise InvalidParameters(
            _("“%(name)s” is not answered by choosing one option; there is: %(names)s.")
            % {"name": str(name)[:80], "names": ", ".join(each.name for each in fitting)},
            where,
        )
    return found


def text_in(seed: Seed, field: str) -> str:
    """The seed's value of a plain field; empty where it has none."""
    value = seed.fields.get(field)
    return value.strip() if isinstance(value, str) else ""


def seeds_with_text(work: Work, field: str) -> list[Seed]:
    """Raises InvalidParameters where there is none."""
    found = [seed for seed in work.seeds if text_in(seed, field)]
    if not found:
        raise InvalidParameters(_("None of the chosen items has a text in “%(field)s”.") % {"field": field}, "field")
    return found


def seeds_with_label(work: Work, field: str, question: Question) -> list[Seed]:
    """Those whose answer is offered today. Raises InvalidParameters where there is none."""
    found = [seed for seed in seeds_with_text(work, field) if seed.answers.get(question.name) in question.values]
    if not found:
        raise InvalidParameters(
            _("None of the chosen items has an answer to “%(title)s” yet.") % {"title": question.title}, "question"
        )
    return found


def refuse_marks(work: Work, field: str) -> None:
    """Raise InvalidParameters where a question marks stretches of this very text: they would not outlive a rewrite."""
    for question in work.questions:
        if type_of(question).shape is Shape.MARKS and question.settings["field"] == field:
            raise InvalidParameters(
                _(
                    "“%(title)s” marks stretches of “%(field)s”, which a model's rewriting would not keep. "
                    "Use “Easy data augmentation”, which carries spans along, or another field."
                )
                % {"title": question.title, "field": field},
                "field",
            )


def kept_answers(work: Work, seed: Seed, field: str) -> Answers:
    """The seed's answers that a text of the same meaning has too: all but corrections and marks of that text itself."""
    return {
        question.name: seed.answers[question.name]
        for question in work.questions
        if question.name in seed.answers
        and not (type_of(question).shape in (Shape.MARKS, Shape.WRITTEN) and question.settings.get("field") == field)
    }
