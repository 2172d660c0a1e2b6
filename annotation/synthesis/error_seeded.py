"""New texts near those that a small model gets wrong."""

from __future__ import annotations

from dataclasses import dataclass

from annotation.questions import Question
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import Answered, Asking, Run, request, together
from .base import (
    Candidate,
    Cell,
    Function,
    InvalidParameters,
    Parameter,
    Recipe,
    Request,
    Role,
    Seed,
    Unparsed,
    Work,
)  # fmt: skip
from .labelling import label_request
from .replies import TEXT, Unusable
from .screening import NEW
from .subject import FIELD, choice_question, refuse_marks, seeds_with_label, settings, text_field, text_in
from .wording import option_named, option_of, prompt

ANSWER = "the new text alone."
LAST = "The new text:"
TEXT_TOKENS = 512
QUESTION = Parameter(
    "question",
    gettext_noop("Question"),
    "text",
    "",
    gettext_noop("The name of one that is answered by choosing one option. Empty: the first."),
)


class ErrorSeeded(Recipe):
    """Lee et al. 2024, “LLM2LLM: Boosting LLMs with Novel Iterative Data Enhancement”, Findings of ACL,
    arXiv:2403.15042.

    Taken from it: a small student is tried on the seeds, and near each one that it gets wrong a larger teacher writes
    new ones with the same label; only what people labelled is a seed, never what a teacher wrote, so that errors do not
    add up. There the student is fine-tuned on all data before each further round; here it is the second model, or
    the project's model annotators with the votes that they have cast: label the items, train them, and run again.
    """

    name = "error_seeded"
    title = gettext_noop("Near a small model’s errors")
    summary = gettext_noop("Labelled texts like those that a small model gets wrong, written by a larger one.")
    paper = "Lee et al. 2024, arXiv:2403.15042"
    version = 1
    cell = Cell.DOMAIN_DISTILLATION
    stages = ("fine_tuning",)
    functions = (Function.UNDERSTANDING,)
    parameters = (
        FIELD,
        QUESTION,
        Parameter(
            "student",
            gettext_noop("Who is the small model"),
            "choice",
            "votes",
            choices=(
                ("votes", gettext_noop("Model annotators, by their votes")),
                ("asked", gettext_noop("The checking model, asked about every item")),
            ),
        ),
        Parameter("variants", gettext_noop("Texts near each error"), "integer", 2, low=1, high=20),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.9, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.CHECKER)
    filters = NEW
    takes_documents = False

    def check(self, work: Work) -> None:
        field, question = text_field(work), choice_question(work)
        refuse_marks(work, field)
        seeds = seeds_with_label(work, field, question)
        if settings(work, self.parameters)["student"] == "votes" and not _missed(seeds, question):
            raise InvalidParameters(
                _(
                    "No model annotator of this project answers “%(title)s” otherwise than it was settled for any of "
                    "these items. Let one label them first, or ask the checking model."
                )
                % {"title": question.title},
                "student",
            )

    def expected_requests(self, work: Work) -> int:
        question, given = choice_question(work), settings(work, self.parameters)
        seeds = seeds_with_label(work, text_field(work), question)
        if given["student"] == "votes":
            return len(_missed(seeds, question)) * int(given["variants"])
        # As if every second answer were wrong.
        return len(seeds) + len(seeds) * int(given["variants"]) // 2

    def run(self, work: Work) -> Run:
        field, question, given = text_field(work), choice_question(work), settings(work, self.parameters)
        seeds, asking = seeds_with_label(work, field, question), Asking()
        if given["student"] == "votes":
            seeds = _missed(seeds, question)
        for batch in together(seeds):
            errors = [Error(seed) for seed in batch]
            if given["student"] == "asked":
                exams = [label_request(work, question, text_in(seed, field), [seed.id]) for seed in batch]
                said = yield from asking.answers(batch, exams, "error_seeded: exam")
                errors = [
                    Error(seed, (each.place,)) for seed, each, label in said if label != seed.answers[question.name]
                ]
            jobs = [(error, number) for number in range(given["variants"]) for error in errors]
            written = yield from asking.ask(
                [_text(work, error.seed, field, question, number, given["temperature"]) for error, number in jobs]
            )
            for (error, _number), each in zip(jobs, written, strict=True):
                yield _outcome(field, question, error, each)


@dataclass(frozen=True, slots=True)
class Error:
    """A seed that the student got wrong. `places`: of the request that it was asked with, if it was."""

    seed: Seed
    places: tuple[int, ...] = ()


def _missed(seeds: list[Seed], question: Question) -> list[Seed]:
    return [seed for seed in seeds if question.name in seed.missed]


def _text(work: Work, seed: Seed, field: str, question: Question, number: int, temperature: float) -> Request:
    right = option_of(question, seed.answers[question.name])
    parts = [
        work.guidelines,
        f"Of texts is asked: {question.title} For the text below, {option_named(right)} is right, and a student got it "
        "wrong. Write another text to practise on: of the same kind, tone and length, hard in the same way, but about "
        "something else. The same answer must be right for it; do not name it.",
    ]
    return request(
        prompt(parts, text_in(seed, field), ANSWER, last=LAST),
        TEXT,
        max_tokens=TEXT_TOKENS,
        temperature=temperature,
        index=number,
        parents=[seed.id],
    )


def _outcome(field: str, question: Question, error: Error, each: Answered) -> Candidate | Unparsed:
    label = error.seed.answers[question.name]
    operation = f"error_seeded: {label}"
    try:
        text = each.answer()
    except Unusable as unusable:
        return each.unparsed(unusable, operation, before=error.places)
    return Candidate(
        fields={field: text},
        operation=operation,
        parents=(error.seed.id,),
        answers={question.name: label},
        requests=(*error.places, each.place),
    )
