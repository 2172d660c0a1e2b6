"""The least edit of a text that makes another answer the right one."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from annotation.questions import Question
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import Answered, Asking, Run, request, together
from .base import Candidate, Cell, Function, InvalidParameters, Parameter, Recipe, Request, Role, Seed, Verdict, Work
from .labelling import label_request
from .paraphrase import room_for
from .replies import TEXT, Unusable
from .screening import REWRITTEN
from .subject import (
    FIELD,
    QUESTION,
    choice_question,
    refuse_marks,
    seeds_with_label,
    settings,
    text_field,
    text_in,
)  # fmt: skip
from .wording import option_named, option_of, prompt

ANSWER = "the whole edited text alone."
LAST = "The text with a few words changed:"


class Counterfactual(Recipe):
    """Dixit et al. 2022, “CORE: A Retrieve-then-Edit Framework for Counterfactual Data Generation”, Findings of EMNLP,
    arXiv:2210.04873, and Chen et al. 2023, “DISCO: Distilling Counterfactuals with Large Language Models”, ACL,
    arXiv:2212.10534.

    Taken from both: a model edits a labelled text as little as it can, so that its label becomes another one. From
    DISCO: a teacher, another model where one is chosen, labels the edited text, which stays only where that is
    the new label. CORE's retrieval of words to use is left out. Of the seed's other answers none is taken over.
    """

    name = "counterfactual"
    title = gettext_noop("Counterfactual")
    summary = gettext_noop("Each text with the least edit that flips its label; a second model confirms the flip.")
    paper = "Dixit et al. 2022, arXiv:2210.04873; Chen et al. 2023, arXiv:2212.10534"
    version = 1
    cell = Cell.REFORMATION
    stages = ("fine_tuning", "evaluation")
    functions = (Function.UNDERSTANDING, Function.LOGIC)
    parameters = (
        FIELD,
        QUESTION,
        Parameter(
            "target",
            gettext_noop("New label"),
            "text",
            "",
            gettext_noop("The value of an option. Empty: another one than the text has, drawn each time."),
        ),
        Parameter("variants", gettext_noop("Edits of each text"), "integer", 1, low=1, high=10),
        Parameter(
            "changed",
            gettext_noop("Most words changed"),
            "share",
            0.5,
            gettext_noop("An edit that changes a greater share of the words is left out."),
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.CHECKER)
    own_checks = (("least edit", gettext_noop("Least edit")), ("checker", gettext_noop("Confirmed by the checker")))
    filters = REWRITTEN
    takes_documents = False

    def check(self, work: Work) -> None:
        field, question = text_field(work), choice_question(work)
        refuse_marks(work, field)
        _seeds(work, field, question)

    def expected_requests(self, work: Work) -> int:
        seeds = _seeds(work, text_field(work), choice_question(work))
        return 2 * len(seeds) * settings(work, self.parameters)["variants"]

    def run(self, work: Work) -> Run:
        field, question, given = text_field(work), choice_question(work), settings(work, self.parameters)
        seeds, asking = _seeds(work, field, question), Asking()
        jobs = [
            Job(seed, given["target"] or _another(work, seed, question), number)
            for number in range(given["variants"])
            for seed in seeds
        ]
        for batch in together(jobs):
            edits = yield from asking.ask([_edit(work, job, field, question, given["temperature"]) for job in batch])
            written: list[tuple[Job, Answered, str]] = []
            for job, each in zip(batch, edits, strict=True):
                try:
                    written.append((job, each, each.answer()))
                except Unusable as error:
                    yield each.unparsed(error, _operation(question, job))
            checks = yield from asking.ask(
                [label_request(work, question, text, [job.seed.id]) for job, _each, text in written]
            )
            for (job, edit, text), check in zip(written, checks, strict=True):
                try:
                    found = check.answer()
                except Unusable as error:
                    yield check.unparsed(error, _operation(question, job), before=[edit.place])
                    continue
                yield Candidate(
                    fields={**job.seed.fields, field: text},
                    operation=_operation(question, job),
                    parents=(job.seed.id,),
                    answers={question.name: job.target},
                    requests=(edit.place, check.place),
                    verdicts=(
                        _least_edit(text_in(job.seed, field), text, given["changed"]),
                        _flip(question, job.target, found),
                    ),
                )


@dataclass(frozen=True, slots=True)
class Job:
    """A seed, the value of the option that its text is to be edited to, and which of its edits this is."""

    seed: Seed
    target: str
    number: int


def _seeds(work: Work, field: str, question: Question) -> list[Seed]:
    """Those with another label than the one that was chosen. Raises InvalidParameters."""
    target, seeds = work.parameters.get("target") or "", seeds_with_label(work, field, question)
    if target and target not in question.values:
        raise InvalidParameters(
            _("“%(target)s” is no option of “%(title)s”; there is: %(names)s.")
            % {"target": target[:80], "title": question.title, "names": ", ".join(question.values)},
            "target",
        )
    found = [seed for seed in seeds if seed.answers[question.name] != target]
    if not found:
        raise InvalidParameters(
            _("All chosen items have the label “%(target)s” already.") % {"target": target}, "target"
        )
    return found


def _another(work: Work, seed: Seed, question: Question) -> str:
    return work.random.choice([value for value in question.values if value != seed.answers[question.name]])


def _operation(question: Question, job: Job) -> str:
    return f"counterfactual: {job.seed.answers[question.name]} → {job.target}"


def _edit(work: Work, job: Job, field: str, question: Question, temperature: float) -> Request:
    text = text_in(job.seed, field)
    old, new = option_of(question, job.seed.answers[question.name]), option_of(question, job.target)
    parts = [
        work.guidelines,
        f"Of a text is asked: {question.title} The right answer for the text below is {option_named(old)}. "
        f"Edit the text so that the right answer becomes {option_named(new)}.",
        "Change as few words as possible and leave all others as they are. The edited text must be natural and true to "
        "its new answer, without naming it.",
    ]
    return request(
        prompt(parts, text, ANSWER, last=LAST),
        TEXT,
        max_tokens=room_for(text),
        temperature=temperature,
        index=job.number,
        parents=[job.seed.id],
    )


def _least_edit(before: str, after: str, most: float) -> Verdict:
    """The share of words that differ (Levenshtein 1966, by words): some, and no more than so many."""
    share = Levenshtein.normalized_distance(before.split(), after.split())
    reason = ""
    if share == 0:
        reason = _("Nothing was edited.")
    elif share > most:
        reason = _("%(share)s of its words were changed.") % {"share": f"{share:.0%}"}
    return Verdict("least edit", not reason, round(share, 3), reason)


def _flip(question: Question, target: str, found: str) -> Verdict:
    reason = "" if found == target else _("The checker says “%(found)s”.") % {"found": question.option_title(found)}
    return Verdict("checker", not reason, found, reason)
