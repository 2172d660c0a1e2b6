"""Texts and instructions as many kinds of people would write them."""

from __future__ import annotations

from collections.abc import Sequence
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
from .filters.neighbours import rouge_l
from .instructions import SLOTS, Slots, Task, find_slots
from .replies import TEXT, Unusable
from .responding import response_prompt
from .screening import INSTRUCTIONS
from .subject import FIELD, QUESTION, choice_question, refuse_marks, seeds_with_text, settings, text_field, text_in
from .texts import shown_text
from .wording import option_named, option_of, prompt, shortened

ALIKE = 0.9  # The paper's threshold for personas that are the same.
EXAMPLE_CHARACTERS = 600
PERSONA = "one sentence that begins with “A” or “An”."
PERSONAS = (
    (
        "My tomatoes have yellow leaves although I water them every day.",
        "A retired teacher who grows vegetables on a small balcony.",
    ),
    ("The invoice for March lists two licences that we cancelled.", "An accountant at a small software company."),
)
WRITTEN = "the text alone."
ASKED = "what the person asks, alone and not its answer."


class Persona(Recipe):
    """Ge et al. 2024, “Scaling Synthetic Data Creation with 1,000,000,000 Personas” (Persona Hub), arXiv:2406.20094.

    Taken from it: text-to-persona (who is likely to write or read this text?), personas that say nearly the same as
    another one left out (0.9, here by ROUGE-L), and the persona in the prompt that creates data. Here it creates what
    the project holds: texts with a label that was drawn for them, all labels equally often, or instructions with
    answers.
    """

    name = "persona"
    title = gettext_noop("Personas")
    summary = gettext_noop("New labelled texts or instructions, each as another kind of person would write it.")
    paper = "Ge et al. 2024, arXiv:2406.20094"
    version = 1
    cell = Cell.GENERAL_DISTILLATION
    stages = ("fine_tuning", "instruction_tuning", "pre_training")
    functions = (Function.GENERATION, Function.UNDERSTANDING)
    parameters = (
        Parameter(
            "makes",
            gettext_noop("What is made"),
            "choice",
            "texts",
            choices=(
                ("texts", gettext_noop("Texts with a label")),
                ("tasks", gettext_noop("Instructions with an answer")),
            ),
        ),
        FIELD,
        QUESTION,
        *SLOTS,
        Parameter("variants", gettext_noop("Texts by each persona"), "integer", 2, low=1, high=20),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.9, low=0, high=2),
    )
    roles = (Role.GENERATOR,)
    filters = (*INSTRUCTIONS, "label_named")
    takes_documents = False

    def check(self, work: Work) -> None:
        if settings(work, self.parameters)["makes"] == "tasks":
            find_slots(work)
        else:
            refuse_marks(work, text_field(work))
            choice_question(work)
        _seeds(work)

    def expected_requests(self, work: Work) -> int:
        given, seeds = settings(work, self.parameters), len(_seeds(work))
        return seeds + seeds * given["variants"] * (2 if given["makes"] == "tasks" else 1)

    def run(self, work: Work) -> Run:
        given = settings(work, self.parameters)
        asking = Asking()
        known: list[str] = []
        for batch in together(_seeds(work)):
            people: list[Person] = []
            described = yield from asking.ask([_who(work, seed, given["temperature"]) for seed in batch])
            for seed, each in zip(batch, described, strict=True):
                try:
                    said = each.answer()
                except Unusable as error:
                    yield each.unparsed(error, "persona")
                    continue
                if any(rouge_l(said, other) >= ALIKE for other in known):
                    reason = Unusable(_("Another persona is nearly the same: %(persona)s") % {"persona": said})
                    yield each.unparsed(reason, "persona")
                    continue
                known.append(said)
                people.append(Person(seed, said, each))
            jobs = [(person, number) for number in range(given["variants"]) for person in people]
            if given["makes"] == "tasks":
                yield from _tasks(asking, find_slots(work), jobs, given["temperature"])
            else:
                yield from _texts(work, asking, choice_question(work), jobs, given["temperature"])


@dataclass(frozen=True, slots=True)
class Person:
    """Who would write or read the seed, and the reply that says so."""

    seed: Seed
    persona: str
    source: Answered


Jobs = Sequence[tuple[Person, int]]


def _seeds(work: Work) -> list[Seed]:
    if settings(work, Persona.parameters)["makes"] == "texts":
        return seeds_with_text(work, text_field(work))
    found = [seed for seed in work.seeds if shown_text(work.fields, seed.fields).strip()]
    if not found:
        raise InvalidParameters(_("None of the chosen items has a text."))
    return found


def _who(work: Work, seed: Seed, temperature: float) -> Request:
    parts = ["Who is likely to write or read this text? Describe one such person: work, interests, situation."]
    return request(
        prompt(parts, shown_text(work.fields, seed.fields), PERSONA, PERSONAS, "The person:"),
        TEXT,
        max_tokens=120,
        temperature=temperature,
        parents=[seed.id],
    )


def _texts(work: Work, asking: Asking, question: Question, jobs: Jobs, temperature: float) -> Run:
    field = text_field(work)
    # Every label as often as every other, in an order of its own.
    values = [value for _round in range(len(jobs) // len(question.values) + 1) for value in question.values]
    labels = work.random.sample(values[: len(jobs)], len(jobs)) if jobs else []
    for batch in together(list(zip(jobs, labels, strict=True))):
        asked = [_text(work, field, question, person, label, number, temperature) for (person, number), label in batch]
        for ((person, _number), label), each in zip(batch, (yield from asking.ask(asked)), strict=True):
            yield _labelled(question, field, person, label, each)


def _text(
    work: Work, field: str, question: Question, person: Person, label: str, number: int, temperature: float
) -> Request:
    parts = [
        work.guidelines,
        f"Write a text as the person below would write it, for which the right answer to “{question.title}” is "
        f"{option_named(option_of(question, label))}. It is to be of the same kind, tone and length as the example, "
        "but about something else, and must not name its answer.",
    ]
    example = shortened(text_in(person.seed, field) or shown_text(work.fields, person.seed.fields), EXAMPLE_CHARACTERS)
    return request(
        prompt(parts, f"Person: {person.persona}\n\nExample: {example}", WRITTEN, last="The person's text:"),
        TEXT,
        temperature=temperature,
        index=number,
        parents=[person.seed.id],
    )


def _labelled(question: Question, field: str, person: Person, label: str, each: Answered) -> Candidate | Unparsed:
    operation = f"persona: {label}"
    try:
        text = each.answer()
    except Unusable as error:
        return each.unparsed(error, operation, before=[person.source.place])
    return Candidate(
        fields={field: text},
        operation=operation,
        parents=(person.seed.id,),
        answers={question.name: label},
        metadata={"persona": person.persona},
        requests=(person.source.place, each.place),
    )


def _tasks(asking: Asking, slots: Slots, jobs: Jobs, temperature: float) -> Run:
    operation = "persona: instruction"
    for batch in together(jobs):
        wishes = yield from asking.answers(
            batch,
            [_wish(person, number, temperature) for person, number in batch],
            operation,
            before=lambda job: [job[0].source.place],
        )
        responses = yield from asking.ask(
            [_response(person, wish, temperature) for (person, _number), _each, wish in wishes]
        )
        for ((person, _number), first, wish), each in zip(wishes, responses, strict=True):
            before = [person.source.place, first.place]
            try:
                said = each.answer()
            except Unusable as error:
                yield each.unparsed(error, operation, before=before)
                continue
            fields, answers = slots.item(Task(wish, output=said))
            yield Candidate(
                fields=fields,
                operation=operation,
                parents=(person.seed.id,),
                answers=answers,
                metadata={"persona": person.persona},
                requests=(*before, each.place),
            )


def _wish(person: Person, number: int, temperature: float) -> Request:
    parts = ["Somebody is described below. Write one thing that this person would ask an assistant for, in text."]
    return request(
        prompt(parts, person.persona, ASKED, last="What the person asks:"),
        TEXT,
        temperature=temperature,
        index=number,
        parents=[person.seed.id],
    )


def _response(person: Person, wish: str, temperature: float) -> Request:
    return request(
        response_prompt(wish),
        TEXT,
        max_tokens=1_024,
        temperature=temperature,
        parents=[person.seed.id],
    )
