"""New tasks after a pool of seed tasks, in which each new one joins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    Verdict,
    Work,
)  # fmt: skip
from .filters.neighbours import Neighbours
from .instructions import SLOTS, Slots, Task, find_slots, input_of, tasks_in, unnumbered
from .replies import TEXT, Unusable, list_of, one_of, record
from .screening import INSTRUCTIONS
from .subject import settings
from .wording import prompt, shortened

FROM_SEEDS, FROM_MADE = 6, 2
FEWEST_SEEDS = 2
AT_ONCE = 4  # New instructions asked for in one request.
ROUND = 8  # Requests of one round; its tasks are in the pool of the next one.
SIMILAR = 0.7
WORDS = (3, 150)
EXAMPLE_CHARACTERS = 400
TASKS = "a list of at most four new instructions, each a text."
KIND = "“yes” or “no”."
INPUT_FIRST = (
    'an object {"input": …, "output": …}: first what the instruction is to be applied to, or “none” where it needs '
    "nothing, then the ideal answer."
)
LABEL_FIRST = (
    'an object {"output": …, "input": …}: first one of the possible answers, then a text that it is right for, '
    "or “none” where the instruction needs nothing."
)
KINDS = (
    ("Does this review praise or criticise the film? Answer with one word.", "yes"),
    ("Write a short poem about the sea.", "no"),
)


class SelfInstruct(Recipe):
    """Wang et al. 2023, “Self-Instruct: Aligning Language Models with Self-Generated Instructions”, ACL,
    arXiv:2212.10560.

    Taken from it: a growing pool of tasks; each prompt shows eight instructions, six of seeds and two that were made
    before; every new instruction is said to be classification or not; classification gets its label first and then an
    input for it, everything else input first; an instruction joins the pool where its ROUGE-L with all others is below
    0.7 and it has 3 to 150 words; answers that repeat their input go, and of equal inputs with different answers all
    but the first. Words that a text model cannot serve are left out by the filter `banned_words`.
    """

    name = "self_instruct"
    title = gettext_noop("Self-Instruct")
    summary = gettext_noop("New instructions with input and answer, after the seeds and after one another.")
    paper = "Wang et al. 2023, arXiv:2212.10560"
    version = 2
    cell = Cell.GENERAL_DISTILLATION
    stages = ("instruction_tuning",)
    functions = (Function.UNDERSTANDING, Function.GENERATION)
    parameters = (
        *SLOTS,
        Parameter("tasks", gettext_noop("New tasks"), "integer", 100, low=1, high=10_000),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR,)
    own_checks = (("new task", gettext_noop("New task")), ("instance", gettext_noop("Usable instance")))
    filters = INSTRUCTIONS
    takes_documents = False

    def check(self, work: Work) -> None:
        if len(tasks_in(work, find_slots(work))) < FEWEST_SEEDS:
            raise InvalidParameters(_("Choose at least two items that hold an instruction; six are better."))

    def expected_requests(self, work: Work) -> int:
        tasks = settings(work, self.parameters)["tasks"]
        return int(tasks / AT_ONCE + 1) + 2 * tasks

    def run(self, work: Work) -> Run:
        slots, given = find_slots(work), settings(work, self.parameters)
        seeds = tasks_in(work, slots)
        pool, asking, made = Pool([task.instruction for _seed, task in seeds]), Asking(), 0
        # A model that only repeats itself must come to an end too.
        for round_ in range(2 + 3 * given["tasks"] // (AT_ONCE * ROUND)):
            wanted = given["tasks"] - made
            if wanted <= 0:
                return
            asked = [
                _more(work, seeds, pool.made, number, given["temperature"])
                for number in range(round_ * ROUND, round_ * ROUND + min(ROUND, -(-wanted // AT_ONCE)))
            ]
            fresh: list[Fresh] = []
            for each in (yield from asking.ask(asked)):
                try:
                    instructions = each.answer()
                except Unusable as error:
                    yield each.unparsed(error, "instruction")
                    continue
                for instruction in map(unnumbered, instructions):
                    verdict = pool.verdict(instruction)
                    if verdict.passed:
                        pool.add(instruction)
                        fresh.append(Fresh(instruction, each, verdict))
                    else:
                        yield _candidate(slots, Task(instruction), "instruction", [each], (verdict,))
            made += len(fresh)
            yield from _instances(asking, slots, fresh, given["temperature"])


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new instruction, the reply that it stands in, and what the pool said of it."""

    instruction: str
    source: Answered
    verdict: Verdict


class Pool:
    """The instructions there are: no new one is near any of them."""

    def __init__(self, seeds: Sequence[str]) -> None:
        self.made: list[str] = []
        self._near = Neighbours()
        self._near.catch_up(seeds)

    def add(self, instruction: str) -> None:
        self.made.append(instruction)
        self._near.add(instruction)

    def verdict(self, instruction: str) -> Verdict:
        low, high = WORDS
        words = len(instruction.split())
        if not low <= words <= high:
            return Verdict("new task", False, float(words), _("An instruction has 3 to 150 words."))
        if found := self._near.nearest(instruction, SIMILAR):
            reason = _("ROUGE-L %(score)s with a task before it.") % {"score": f"{found[0]:.2f}"}
            return Verdict("new task", False, round(found[0], 3), reason)
        return Verdict("new task", True)


def _more(
    work: Work, seeds: Sequence[tuple[Seed, Task]], made: Sequence[str], number: int, temperature: float
) -> Request:
    drawn = work.random.sample(seeds, min(FROM_SEEDS, len(seeds)))
    shown = [task.instruction for _seed, task in drawn] + work.random.sample(made, min(FROM_MADE, len(made)))
    work.random.shuffle(shown)
    listed = "\n".join(f"{place}. {shortened(_line(each), EXAMPLE_CHARACTERS)}" for place, each in enumerate(shown, 1))
    parts = [
        "These are instructions that people gave to a helpful assistant. Think of new ones of the same kind: other "
        "tasks about other things, each complete by itself, each such that a text can answer it.",
    ]
    return request(
        prompt(parts, listed, TASKS, last="New instructions, unlike those:"),
        list_of(TEXT, 1, AT_ONCE),
        temperature=temperature,
        index=number,
        parents=[seed.id for seed, _task in drawn],
    )


def _instances(asking: Asking, slots: Slots, fresh: Sequence[Fresh], temperature: float) -> Run:
    """Input and answer of each new instruction: label first where it is a classification."""
    seen: dict[tuple[str, str], str] = {}
    for batch in together(fresh):
        kinds = yield from asking.answers(
            batch, [_kind(each) for each in batch], "kind of task", before=lambda each: [each.source.place]
        )
        known = [(each, kind, said == "yes") for each, kind, said in kinds]
        written = yield from asking.ask([_instance(each, labelled, temperature) for each, _kind_, labelled in known])
        for (each, kind, labelled), instance in zip(known, written, strict=True):
            operation = "label first" if labelled else "input first"
            try:
                said = instance.answer()
            except Unusable as error:
                yield instance.unparsed(error, operation, before=[each.source.place, kind.place])
                continue
            task = Task(each.instruction, input_of(said["input"]), said["output"])
            first = seen.setdefault((task.instruction.casefold(), task.input.casefold()), task.output)
            yield _candidate(slots, task, operation, [each.source, kind, instance], (each.verdict, _sound(task, first)))


def _kind(each: Fresh) -> Request:
    parts = ["Is this instruction a classification task, one that has few possible answers to choose from?"]
    return request(
        prompt(parts, each.instruction, KIND, KINDS),
        one_of(("yes", "no")),
        max_tokens=32,
        temperature=0,
        parents=each.source.request.parents,
    )


def _instance(each: Fresh, labelled: bool, temperature: float) -> Request:
    parts = ["An instruction to an assistant follows. Write one example of how it is followed."]
    answer = record(output=TEXT, input=TEXT) if labelled else record(input=TEXT, output=TEXT)
    return request(
        prompt(parts, each.instruction, LABEL_FIRST if labelled else INPUT_FIRST),
        answer,
        max_tokens=700,
        temperature=temperature,
        parents=each.source.request.parents,
    )


def _sound(task: Task, first: str) -> Verdict:
    """The paper's filters of instances."""
    reason = ""
    if task.output.casefold() == task.input.casefold():
        reason = _("The answer repeats the input.")
    elif task.output.casefold() == task.instruction.casefold():
        reason = _("The answer repeats the instruction.")
    elif task.output != first:
        reason = _("The same input had another answer before.")
    return Verdict("instance", not reason, None, reason)


def _candidate(
    slots: Slots, task: Task, operation: str, answered: Sequence[Answered], verdicts: tuple[Verdict, ...]
) -> Candidate:
    fields, answers = slots.item(task)
    return Candidate(
        fields=fields,
        operation=operation,
        parents=answered[0].request.parents,
        answers=answers,
        requests=tuple(each.place for each in answered),
        verdicts=verdicts,
    )


def _line(text: str) -> str:
    return " ".join(text.split())
