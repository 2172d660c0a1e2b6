"""Reasoning that leads to the known answer, and a model that learns from its own."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from annotation.llms import Prompt
from annotation.questions.replies import reply_of
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
    Training,
    Verdict,
    Work,
)  # fmt: skip
from .known_answers import KNOWN, Known, find_known, is_same
from .replies import TEXT, Unusable, record
from .rounds import EPOCHS, ROUNDS
from .screening import ANSWERED
from .subject import FIELD, plain_fields, seeds_with_text, settings, text_field, text_in
from .wording import prompt

REASONINGS = ("reasoning", "rationale", "solution", "explanation", "steps", "response", "output")
EXAMPLES = (
    (
        "A shop sells pens at 3 for 2 euros. What do 12 pens cost, in euros?",
        {"reasoning": "12 pens are 4 times 3 pens. 4 times 2 euros are 8 euros.", "answer": "8"},
    ),
)
LAST = "The reasoning, then the answer:"
REASONING_TOKENS = 768
# What somebody says who was told the answer.
TELLTALE = re.compile(
    r"\b(?:hints?|(?:was|were|been|am|are) told|(?:given|provided|stated|known|supplied|right|correct) answer)\b",
    re.IGNORECASE,
)


class Star(Recipe):
    """Zelikman et al. 2022, “STaR: Bootstrapping Reasoning With Reasoning”, NeurIPS, arXiv:2203.14465.

    Taken from it: the model reasons, then answers, and reasoning that ends in the known answer is kept; where it does
    not, the model is told the answer and reasons backwards (rationalisation), and what it learns from that does not
    show that it was told; after each round the base model, never the one before, is fine-tuned on all that was right.
    Here a problem that was solved without being told is an item at once; one that was not, at the end, marked
    as hinted. Reasoning that speaks of the hint goes.
    """

    name = "star"
    title = gettext_noop("Self-taught reasoning")
    summary = gettext_noop("For problems with known answers the reasoning that leads there; the model learns from it.")
    paper = "Zelikman et al. 2022, arXiv:2203.14465"
    version = 1
    cell = Cell.SELF_IMPROVEMENT
    stages = ("instruction_tuning", "fine_tuning")
    functions = (Function.LOGIC,)
    parameters = (
        FIELD,
        KNOWN,
        Parameter(
            "reasoning",
            gettext_noop("Where the reasoning is to stand"),
            "text",
            "",
            gettext_noop("A field. Empty: found by its name."),
        ),
        ROUNDS,
        EPOCHS,
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR,)
    own_checks = (("known answer", gettext_noop("Known answer")), ("hint", gettext_noop("No word of the hint")))
    filters = ANSWERED
    takes_documents = False

    def check(self, work: Work) -> None:
        _problems(work, _find_places(work))

    def expected_requests(self, work: Work) -> int:
        # About every second one is told the answer, too.
        return len(_problems(work, _find_places(work))) * settings(work, self.parameters)["rounds"] * 3 // 2

    def trains(self, work: Work) -> bool:
        return bool(settings(work, self.parameters)["rounds"] > 1)

    def run(self, work: Work) -> Run:
        places, given = _find_places(work), settings(work, self.parameters)
        problems, asking, learned = _problems(work, places), Asking(), Learned()
        for number in range(given["rounds"]):
            lessons: list[tuple[Prompt, str]] = []
            for batch in together(problems):
                lessons += yield from _round(work, asking, places, batch, number, given["temperature"], learned)
            if number + 1 < given["rounds"] and lessons:
                yield Training(tuple(lessons), given["epochs"])
        yield from learned.only_told()


@dataclass(frozen=True, slots=True)
class Places:
    problem: str
    reasoning: str
    known: Known


@dataclass(frozen=True, slots=True)
class Problem:
    seed: Seed
    text: str
    known: str


@dataclass(slots=True)
class Learned:
    """The seeds that were solved, and the latest reasoning about those that were solved by being told alone."""

    solved: set[int] = field(default_factory=set)
    told: dict[int, Candidate] = field(default_factory=dict)

    def only_told(self) -> Generator[Candidate, None, None]:
        yield from (each for seed, each in self.told.items() if seed not in self.solved)


def _find_places(work: Work) -> Places:
    """Raises InvalidParameters."""
    problem = text_field(work)
    free = [name for name in plain_fields(work) if name != problem]
    chosen = str(work.parameters.get("reasoning") or "") or next((name for name in REASONINGS if name in free), "")
    if chosen not in free:
        raise InvalidParameters(
            _("Say in which field of plain text the reasoning is to stand, beside “%(problem)s”; there is: %(names)s.")
            % {"problem": problem, "names": ", ".join(free) or _("none")},
            "reasoning",
        )
    return Places(problem, chosen, find_known(work, [problem, chosen]))


def _problems(work: Work, places: Places) -> list[Problem]:
    """Raises InvalidParameters where no seed has a known answer."""
    found = [
        Problem(seed, text_in(seed, places.problem), known)
        for seed in seeds_with_text(work, places.problem)
        if (known := places.known.of(seed))
    ]
    if not found:
        raise InvalidParameters(_("Of none of the chosen items the right answer is known."), "known")
    return found


def _round(
    work: Work,
    asking: Asking,
    places: Places,
    batch: list[Problem],
    number: int,
    temperature: float,
    learned: Learned,
) -> Generator[Step, Replies | None, list[tuple[Prompt, str]]]:
    """What is to be learned of these problems: (what was asked without a hint, the reply that was right)."""
    lessons: list[tuple[Prompt, str]] = []
    wrong: list[Problem] = []
    for told in (False, True):
        asked = wrong if told else batch
        answered = yield from asking.ask(
            [_request(work, places, each, number, temperature, told=told) for each in asked]
        )
        for problem, each in zip(list(asked), answered, strict=True):
            try:
                candidate, said = _outcome(places, problem, each, told=told)
            except Unusable as error:
                yield each.unparsed(error, _operation(told))
                if not told:
                    wrong.append(problem)
                continue
            if not all(verdict.passed for verdict in candidate.verdicts):
                yield candidate
                if not told:
                    wrong.append(problem)
                continue
            lessons.append((_prompt(work, places, problem), reply_of(said)))
            if told:
                learned.told[problem.seed.id] = candidate
            elif problem.seed.id not in learned.solved:
                learned.solved.add(problem.seed.id)
                yield candidate
    return lessons


def _outcome(places: Places, problem: Problem, each: Answered, *, told: bool) -> tuple[Candidate, dict[str, Any]]:
    """Raises Unusable."""
    said = each.answer()
    right = is_same(problem.known, said["answer"])
    verdicts = [
        Verdict(
            "known answer",
            right,
            said["answer"],
            "" if right else _("It ends in “%(said)s”, which is not the known answer.") % {"said": said["answer"][:80]},
        )
    ]
    if told and right:
        # The problem may speak of hints itself.
        words = {found.casefold() for found in TELLTALE.findall(problem.text)}
        spoken = next((w for w in TELLTALE.findall(said["reasoning"]) if w.casefold() not in words), "")
        reason = _("It speaks of what it was told: “%(words)s”.") % {"words": spoken} if spoken else ""
        verdicts.append(Verdict("hint", not spoken, None, reason))
    candidate = Candidate(
        fields={**problem.seed.fields, places.reasoning: said["reasoning"]},
        operation=_operation(told),
        parents=(problem.seed.id,),
        answers=places.known.answers(problem.seed),
        rationale=said["reasoning"],
        hinted=told,
        requests=(each.place,),
        verdicts=tuple(verdicts),
    )
    return candidate, said


def _operation(told: bool) -> str:
    return "star: told the answer" if told else "star"


def _request(work: Work, places: Places, problem: Problem, number: int, temperature: float, *, told: bool) -> Request:
    return request(
        _prompt(work, places, problem, told=told),
        record(reasoning=TEXT, answer=places.known.schema),
        max_tokens=REASONING_TOKENS,
        temperature=temperature,
        index=number,
        parents=[problem.seed.id],
    )


def _prompt(work: Work, places: Places, problem: Problem, *, told: bool = False) -> Prompt:
    parts = [
        work.guidelines,
        "Solve the problem in the text: reason step by step, in whole sentences, then answer.",
        places.known.asked,
        "Behind the problem stands its right answer. Reason as if you did not know it, towards it, and never mention "
        "that you were told."
        if told
        else "",
    ]
    text = f"{problem.text}\n\nRight answer: {problem.known}" if told else problem.text
    answer = f'an object {{"reasoning": …, "answer": …}}: the reasoning, then {places.known.reply}.'
    return prompt(parts, text, answer, EXAMPLES, LAST)
