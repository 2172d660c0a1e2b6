"""Solutions cut into steps, each of them to be judged."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.questions import Answers, Question, Shape, type_of
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
    Replies,
    Request,
    Role,
    Seed,
    Step,
    Unparsed,
    Work,
)  # fmt: skip
from .replies import TEXT, Unusable, list_of, one_of
from .screening import ANSWERED
from .subject import FIELD, plain_fields, seeds_with_text, settings, text_field, text_in
from .wording import options_listed, prompt, shortened

SOLUTIONS = ("solution", "reasoning", "rationale", "steps", "response", "output")
STEPS = ("step", "next_step")
SHAPES = (Shape.ONE, Shape.SCALE, Shape.MARKS)
MOST_STEPS = 40
SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\Wa-z_]|[(\[“\"$])")
# What ends in a point and is no sentence: the number of a step, and what ends in some short words.
NO_SENTENCE = re.compile(
    r"^\d+\.$|(?:^|[\s(])(?:e\.g|i\.e|z\.\s?b|d\.\s?h|no|nr|ca|approx|mr|mrs|ms|dr|st|vs)\.$", re.IGNORECASE
)
WRITTEN = "a list of texts: the steps in order, each of one or two sentences; the last one says the answer."
EXAMPLES = (
    (
        "A shop sells pens at 3 for 2 euros. What do 12 pens cost?",
        ["12 pens are 4 times 3 pens.", "4 times 2 euros are 8 euros.", "So 12 pens cost 8 euros."],
    ),
)
SOLVING_TOKENS, MARK_TOKENS = 768, 24


class StepLabels(Recipe):
    """Lightman et al. 2024, “Let's Verify Step by Step”, ICLR, arXiv:2305.20050 (PRM800K).

    Taken from it: a model is made to write solutions step by step, and people judge every step: what a process reward
    model learns from. Here a solution that a seed has already is cut instead: at its lines, or else at its sentences.
    A judge marks each step, for which it is shown all before it; its marks are the intended answers, which
    people do not see. Where the project's question is a choice, every step is an item, with the steps before it beside;
    where it marks spans, every solution is one, a step a line.
    """

    name = "step_labels"
    title = gettext_noop("Steps to be judged")
    summary = gettext_noop("Solutions step by step, each step for people to judge; a judge's marks to compare with.")
    paper = "Lightman et al. 2024, arXiv:2305.20050"
    version = 1
    cell = Cell.CO_ANNOTATION
    stages = ("preference_alignment", "evaluation")
    functions = (Function.LOGIC,)
    parameters = (
        FIELD,
        Parameter(
            "question",
            gettext_noop("Question"),
            "text",
            "",
            gettext_noop("The name of one with one option for each step. Empty: the first with options or spans."),
        ),
        Parameter(
            "solution",
            gettext_noop("Where the solution stands"),
            "text",
            "",
            gettext_noop("A field. Empty: found by its name. Of items without one, a model writes it."),
        ),
        Parameter(
            "step",
            gettext_noop("Where a step stands by itself"),
            "text",
            "",
            gettext_noop("A field, for questions with options. Empty: found by its name."),
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.JUDGE)
    filters = ANSWERED
    takes_documents = False

    def check(self, work: Work) -> None:
        seeds_with_text(work, _find_places(work).problem)

    def expected_requests(self, work: Work) -> int:
        places = _find_places(work)
        count = 0
        for seed in seeds_with_text(work, places.problem):
            steps = steps_of(text_in(seed, places.solution))
            # About five where they are yet to be written.
            count += len(steps) or 6
        return count

    def run(self, work: Work) -> Run:
        places, given, asking = _find_places(work), settings(work, self.parameters), Asking()
        for batch in together(seeds_with_text(work, places.problem), 8):
            solutions = yield from self._solutions(asking, places, batch, given["temperature"])
            jobs = [(solution, number) for solution in solutions for number in range(len(solution.steps))]
            marks = iter((yield from asking.ask([_mark(work, places, each, number) for each, number in jobs])))
            for solution in solutions:
                marked = [next(marks) for _step in solution.steps]
                if places.step:
                    yield from self._steps(places, solution, marked)
                else:
                    yield from self._whole(places, solution, marked)

    def _solutions(
        self, asking: Asking, places: Places, batch: Sequence[Seed], temperature: float
    ) -> Generator[Step, Replies | None, list[Solution]]:
        """Of those that have one what it is, of the others what a model writes, in the order of the seeds."""
        steps = {seed.id: steps_of(text_in(seed, places.solution)) for seed in batch}
        bare = [seed for seed in batch if not steps[seed.id]]
        written: dict[int, int] = {}
        answered = yield from asking.answers(bare, [_solve(places, seed, temperature) for seed in bare], self.name)
        for seed, each, said in answered:
            steps[seed.id] = [" ".join(step.split()) for step in said]
            written[seed.id] = each.place
        found: list[Solution] = []
        for seed in batch:
            asked_at = (written[seed.id],) if seed.id in written else ()
            if len(steps[seed.id]) > MOST_STEPS:
                reason = _("It has %(count)s steps, more than %(most)s.")
                yield Unparsed(
                    reason % {"count": len(steps[seed.id]), "most": MOST_STEPS}, self.name, (seed.id,), asked_at
                )
            elif steps[seed.id]:
                found.append(Solution(seed, text_in(seed, places.problem), steps[seed.id], asked_at))
        return found

    def _steps(self, places: Places, solution: Solution, marked: Sequence[Answered]) -> Run:
        """An item for each step."""
        for number, (step, mark) in enumerate(zip(solution.steps, marked, strict=True)):
            fields = {places.problem: solution.problem, places.step: step}
            if number:
                fields[places.solution] = "\n".join(solution.steps[:number])
            try:
                label = mark.answer()
            except Unusable as error:
                yield mark.unparsed(error, self.name, before=solution.places)
                continue
            yield self._candidate(
                solution, fields, {places.question.name: label}, [mark], {"step": number + 1, "of": len(marked)}
            )

    def _whole(self, places: Places, solution: Solution, marked: Sequence[Answered]) -> Run:
        """An item for all of it, with a span on every line; nothing where one of its steps has no mark."""
        spans: list[dict[str, Any]] = []
        start = 0
        for step, mark in zip(solution.steps, marked, strict=True):
            try:
                label = mark.answer()
            except Unusable as error:
                yield mark.unparsed(error, self.name, before=solution.places)
                return
            spans.append({"start": start, "end": start + len(step), "label": label, "text": step})
            start += len(step) + 1
        fields = {places.problem: solution.problem, places.solution: "\n".join(solution.steps)}
        yield self._candidate(solution, fields, {places.question.name: spans}, marked, {"steps": len(marked)})

    def _candidate(
        self,
        solution: Solution,
        fields: dict[str, str],
        answers: Answers,
        marked: Sequence[Answered],
        metadata: dict[str, int],
    ) -> Candidate:
        return Candidate(
            fields=fields,
            operation="step_labels: written" if solution.places else "step_labels: cut",
            parents=(solution.seed.id,),
            answers=answers,
            metadata=metadata,
            requests=(*solution.places, *(each.place for each in marked)),
        )


@dataclass(frozen=True, slots=True)
class Places:
    """`step`: the field of a step by itself; empty where the question marks spans of the solution."""

    problem: str
    solution: str
    step: str
    question: Question


@dataclass(frozen=True, slots=True)
class Solution:
    """`places`: of the request that it was written at, if it was. A step has no line break within."""

    seed: Seed
    problem: str
    steps: list[str]
    places: tuple[int, ...] = ()


def steps_of(text: str) -> list[str]:
    """The lines of a text; of a text of one line, its sentences."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return lines if len(lines) != 1 else _sentences(lines[0])


def _sentences(line: str) -> list[str]:
    found: list[str] = []
    for piece in SENTENCE.split(line):
        if found and NO_SENTENCE.search(found[-1]):
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return found


def _find_places(work: Work) -> Places:
    """Raises InvalidParameters."""
    problem, question = text_field(work), _find_question(work)
    free = [name for name in plain_fields(work) if name != problem]
    if type_of(question).shape is Shape.MARKS:
        marked = question.settings["field"]
        if marked not in free or (work.parameters.get("solution") or marked) != marked:
            raise InvalidParameters(
                _("“%(title)s” marks stretches of “%(field)s”: there the solution is to stand, beside the problem.")
                % {"title": question.title, "field": marked},
                "solution",
            )
        return Places(problem, marked, "", question)
    step = _field(work, "step", STEPS, free)
    return Places(problem, _field(work, "solution", SOLUTIONS, [name for name in free if name != step]), step, question)


def _find_question(work: Work) -> Question:
    fitting = [each for each in work.questions if type_of(each).shape in SHAPES and each.values]
    chosen = str(work.parameters.get("question") or "")
    found = next((each for each in fitting if chosen in ("", each.name)), None)
    if found is None:
        raise InvalidParameters(
            _("This recipe needs a question that chooses one option, or marks spans; there is: %(names)s.")
            % {"names": ", ".join(each.name for each in fitting) or _("none")},
            "question",
        )
    return found


def _field(work: Work, part: str, names: Sequence[str], free: Sequence[str]) -> str:
    chosen = str(work.parameters.get(part) or "") or next((name for name in names if name in free), "")
    if chosen not in free:
        raise InvalidParameters(
            _("Say in which field of plain text this stands; there is: %(names)s.")
            % {"names": ", ".join(free) or _("none")},
            part,
        )
    return chosen


def _solve(places: Places, seed: Seed, temperature: float) -> Request:
    parts = ["Solve the problem in the text step by step."]
    return request(
        prompt(parts, text_in(seed, places.problem), WRITTEN, EXAMPLES, "The steps:"),
        list_of(TEXT, 2, MOST_STEPS),
        max_tokens=SOLVING_TOKENS,
        temperature=temperature,
        parents=[seed.id],
    )


def _mark(work: Work, places: Places, solution: Solution, number: int) -> Request:
    question = places.question
    parts = [
        work.guidelines,
        f"A problem is solved step by step. Judge the last step alone: {question.title}",
        question.description,
        options_listed(question),
    ]
    before = "\n".join(solution.steps[:number]) or "(none)"
    text = f"Problem: {shortened(solution.problem)}\n\nSteps before: {before}\n\nLast step: {solution.steps[number]}"
    return request(
        prompt(parts, text, f"one of: {', '.join(map(repr, question.values))}."),
        one_of(question.values),
        role=Role.JUDGE,
        max_tokens=MARK_TOKENS,
        temperature=0,
        parents=[solution.seed.id],
    )
