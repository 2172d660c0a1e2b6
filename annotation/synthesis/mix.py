"""A new text between labelled ones, with a label that is shared out."""

from __future__ import annotations

import json
from collections import Counter

from annotation.llms import Reply
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
    Verdict,
    Work,
)  # fmt: skip
from .labelling import label_request
from .replies import TEXT, Unusable
from .screening import NEW
from .subject import FIELD, QUESTION, choice_question, refuse_marks, seeds_with_label, settings, text_field, text_in
from .wording import option_of, options_listed, prompt, shortened

EXAMPLE_CHARACTERS = 1_000
TEXTS_TOGETHER = 8  # Each asks for as many labels as there are draws.
ANSWER = "the new text alone."


class Mix(Recipe):
    """Yoo et al. 2021, “GPT3Mix: Leveraging Large-scale Language Models for Text Augmentation”, Findings of EMNLP,
    arXiv:2104.08826.

    Taken from it: k labelled texts of the training set (there 2) and the list of labels stand in the prompt, the
    model writes another one, and its label is soft: the probabilities that a model gives the labels. Where its
    back end tells no probabilities, they are the shares of several draws. The likeliest is what the text was made to
    be; all of them are kept as the value of the verdict “soft label”, which nobody sees who answers.
    """

    name = "mix"
    title = gettext_noop("Mixture with soft labels")
    summary = gettext_noop("New texts after a few labelled ones, each with a probability for every label.")
    paper = "Yoo et al. 2021, arXiv:2104.08826"
    version = 1
    cell = Cell.REFORMATION
    stages = ("fine_tuning",)
    functions = (Function.UNDERSTANDING,)
    parameters = (
        FIELD,
        QUESTION,
        Parameter("texts", gettext_noop("New texts"), "integer", 100, low=1, high=10_000),
        Parameter("examples", gettext_noop("Labelled texts in each prompt"), "integer", 2, low=2, high=8),
        Parameter(
            "draws",
            gettext_noop("Draws of each label"),
            "integer",
            5,
            gettext_noop("From a model that tells no probabilities."),
            low=1,
            high=20,
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.9, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.CHECKER)
    own_checks = (("soft label", gettext_noop("Soft label")),)
    filters = NEW
    takes_documents = False

    def check(self, work: Work) -> None:
        field, question = text_field(work), choice_question(work)
        refuse_marks(work, field)
        if len(seeds_with_label(work, field, question)) < settings(work, self.parameters)["examples"]:
            raise InvalidParameters(_("There are fewer labelled items than are to stand in each prompt."), "examples")

    def expected_requests(self, work: Work) -> int:
        given = settings(work, self.parameters)
        return given["texts"] * (1 + given["draws"])

    def run(self, work: Work) -> Run:
        field, question, given = text_field(work), choice_question(work), settings(work, self.parameters)
        seeds, asking = seeds_with_label(work, field, question), Asking()
        shown = [tuple(work.random.sample(seeds, given["examples"])) for _number in range(given["texts"])]
        for batch in together(list(enumerate(shown)), TEXTS_TOGETHER):
            written = yield from asking.answers(
                batch,
                [_mixture(work, seeds, field, question, number, given["temperature"]) for number, seeds in batch],
                self.name,
            )
            labels = yield from asking.ask(
                [each for _job, one, text in written for each in _labels(work, one, question, text, given["draws"])]
            )
            for (_job, each, text), drawn in zip(written, together(labels, given["draws"]), strict=True):
                yield self._outcome(field, question, each, text, drawn)

    def _outcome(
        self, field: str, question: Question, written: Answered, text: str, labels: list[Answered]
    ) -> Candidate | Unparsed:
        try:
            distribution = soft_label(question, labels)
        except Unusable as error:
            return labels[0].unparsed(error, self.name, before=[written.place])
        return Candidate(
            fields={field: text},
            operation=self.name,
            parents=written.request.parents,
            answers={question.name: max(question.values, key=lambda value: distribution.get(value, 0.0))},
            requests=(written.place, *(each.place for each in labels)),
            verdicts=(Verdict("soft label", True, json.dumps(distribution)),),
        )


def soft_label(question: Question, labels: list[Answered]) -> dict[str, float]:
    """{value: share} of the options that have any, summing to 1. Raises Unusable where no draw was understood."""
    first = labels[0].reply
    if isinstance(first, Reply) and first.shares is not None and set(first.shares) == set(question.values):
        total = sum(first.shares.values())
        return {value: share / total for value, share in first.shares.items() if share > 0}
    counts: Counter[str] = Counter()
    reasons: list[Unusable] = []
    for each in labels:
        try:
            counts[each.answer()] += 1
        except Unusable as error:
            reasons.append(error)
    if not counts:
        raise reasons[0]
    return {value: counts[value] / counts.total() for value in question.values if counts[value]}


def _mixture(
    work: Work, examples: tuple[Seed, ...], field: str, question: Question, number: int, temperature: float
) -> Request:
    parts = [
        work.guidelines,
        f"Each text below comes with the answer to: {question.title} The answers can be:\n{options_listed(question)}",
        "Write one more text of the same kind. Mix what the texts below are about and how they are written, so that it "
        "could stand among them; do not copy them, and do not name an answer.",
    ]
    listed = "\n\n".join(
        f"Text: {shortened(text_in(seed, field), EXAMPLE_CHARACTERS)}\n"
        f"Answer: {option_of(question, seed.answers[question.name]).title}"
        for seed in examples
    )
    return request(
        prompt(parts, listed, ANSWER, last="One more text of the same kind:"),
        TEXT,
        temperature=temperature,
        index=number,
        parents=[seed.id for seed in examples],
    )


def _labels(work: Work, written: Answered, question: Question, text: str, draws: int) -> list[Request]:
    """Drawn, and not the likeliest, because it is shares that are wanted."""
    return [
        label_request(work, question, text, written.request.parents, temperature=1, index=number)
        for number in range(draws)
    ]
