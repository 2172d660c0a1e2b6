"""A draft, what a critic says of it, and the draft revised."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import Answered, Asking, Run, request, together
from .base import (
    Candidate,
    Cell,
    Function,
    Parameter,
    Recipe,
    Replies,
    Request,
    Role,
    Seed,
    Step,
    Unparsed,
    Verdict,
    Work,
)  # fmt: skip
from .instructions import SLOTS, Slots, Task, find_slots, tasks_in
from .paraphrase import room_for
from .replies import TEXT, Unusable, one_of
from .screening import REVISED
from .subject import settings
from .wording import prompt

DRAFT_TOKENS = 512
CRITIQUE_TOKENS = 300
JUDGE_TOKENS = 32
OF_BOTH = "“A” or “B”, whichever is the better response, or “equal”."


class CriticRevise(Recipe):
    """Madaan et al. 2023, “Self-Refine: Iterative Refinement with Self-Feedback”, NeurIPS, arXiv:2303.17651, and Bai et
    al. 2022, “Constitutional AI”, arXiv:2212.08073, §3.

    Taken from both: a response is criticised in words, here by the project's guidelines, and revised by that critique.
    What neither has: a judge sees draft and revision side by side in both orders, nameless, and a revision stays only
    where it wins once and never loses (Zheng et al. 2023, arXiv:2306.05685, on the bias of places).
    """

    name = "critic_revise"
    title = gettext_noop("Criticise and revise")
    summary = gettext_noop(
        "Each response revised by a critique that follows your guidelines; kept where a judge prefers it."
    )
    paper = "Madaan et al. 2023, arXiv:2303.17651; Bai et al. 2022, arXiv:2212.08073"
    version = 2
    cell = Cell.DOMAIN_DISTILLATION
    stages = ("instruction_tuning", "preference_alignment")
    functions = (Function.GENERATION,)
    parameters = (
        *SLOTS,
        Parameter(
            "principles",
            gettext_noop("What to look for"),
            "text",
            "",
            gettext_noop("Beside the guidelines: what a good response does and does not do."),
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.CHECKER, Role.JUDGE)
    own_checks = (("revision", gettext_noop("Revision preferred by the judge")),)
    filters = REVISED
    takes_documents = False

    def check(self, work: Work) -> None:
        tasks_in(work, find_slots(work))

    def expected_requests(self, work: Work) -> int:
        tasks = tasks_in(work, find_slots(work))
        return sum(not task.output for _seed, task in tasks) + 4 * len(tasks)

    def run(self, work: Work) -> Run:
        slots, given, asking = find_slots(work), settings(work, self.parameters), Asking()
        for batch in together(tasks_in(work, slots)):
            begun = yield from self._drafts(work, asking, batch, given["temperature"])
            criticised = yield from asking.answers(
                begun,
                [_critique(work, each, given["principles"]) for each in begun],
                self.name,
                before=lambda each: each.places,
            )
            revised = yield from asking.answers(
                criticised,
                [_revision(work, each, said, given["temperature"]) for each, _reply, said in criticised],
                self.name,
                before=lambda job: (*job[0].places, job[1].place),
            )
            judged = yield from asking.ask(
                [
                    _comparison(each, text, swapped)
                    for (each, _critique, _said), _revision, text in revised
                    for swapped in (False, True)
                ]
            )
            for ((each, critique, _said), revision, text), looks in zip(revised, together(judged, 2), strict=True):
                places = (*each.places, critique.place, revision.place)
                yield self._outcome(slots, each, text, places, looks)

    def _drafts(
        self, work: Work, asking: Asking, batch: list[tuple[Seed, Task]], temperature: float
    ) -> Generator[Step, Replies | None, list[Begun]]:
        """The seeds' own responses; where there is none the generator writes one."""
        missing = [(seed, task) for seed, task in batch if not task.output]
        written = yield from asking.answers(
            missing, [_draft(work, seed, task, temperature) for seed, task in missing], self.name
        )
        return [
            *(Begun(seed, task) for seed, task in batch if task.output),
            *(
                Begun(seed, Task(task.instruction, task.input, text), (each.place,))
                for (seed, task), each, text in written
            ),
        ]

    def _outcome(
        self, slots: Slots, begun: Begun, text: str, places: tuple[int, ...], judged: list[Answered]
    ) -> Candidate | Unparsed:
        wins = 0
        for swapped, each in enumerate(judged):
            try:
                said = each.answer()
            except Unusable as error:
                return each.unparsed(error, self.name, before=places)
            revision = "A" if swapped else "B"
            wins += 0 if said == "equal" else 1 if said == revision else -1
        fields, answers = slots.item(Task(begun.task.instruction, begun.task.input, text))
        same = text.split() == begun.task.output.split()
        reason = _("Nothing was revised.") if same else "" if wins > 0 else _("The judge does not prefer the revision.")
        return Candidate(
            fields={**begun.seed.fields, **fields},
            operation=self.name,
            parents=(begun.seed.id,),
            answers=answers,
            requests=(*places, *(each.place for each in judged)),
            verdicts=(Verdict("revision", not reason, float(wins), reason),),
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """A task with its draft. `places`: of the request that the draft came by, if any."""

    seed: Seed
    task: Task
    places: tuple[int, ...] = ()


def _draft(work: Work, seed: Seed, task: Task, temperature: float) -> Request:
    parts = [work.guidelines, "The text is an instruction or question of a person. Respond to it as they would wish."]
    return request(
        prompt(parts, task.asked, "the response alone.", last="The response:"),
        TEXT,
        max_tokens=DRAFT_TOKENS,
        temperature=temperature,
        parents=[seed.id],
    )


def _critique(work: Work, begun: Begun, principles: str) -> Request:
    parts = [
        work.guidelines,
        principles,
        "Criticise the response to the instruction: name what is wrong, missing, unclear or against what stands above, "
        "and how to mend it. Be concrete and short. Do not write the response anew.",
    ]
    return request(
        prompt(parts, _both(begun.task), "the critique alone.", last="The critique:"),
        TEXT,
        role=Role.CHECKER,
        max_tokens=CRITIQUE_TOKENS,
        temperature=0,
        parents=[begun.seed.id],
    )


def _revision(work: Work, begun: Begun, critique: str, temperature: float) -> Request:
    parts = [
        work.guidelines,
        "Write the response to the instruction anew, so that it does what the critique asks and keeps what is good.",
    ]
    shown = f"{_both(begun.task)}\n\nCritique: {critique}"
    return request(
        prompt(parts, shown, "the revised response alone.", last="The revised response:"),
        TEXT,
        max_tokens=room_for(begun.task.output) + CRITIQUE_TOKENS,
        temperature=temperature,
        parents=[begun.seed.id],
    )


def _comparison(begun: Begun, revision: str, swapped: bool) -> Request:
    """Draft first, or revision first; which is which is not told."""
    first, second = (revision, begun.task.output) if swapped else (begun.task.output, revision)
    shown = f"Instruction: {begun.task.asked}\n\nResponse A: {first}\n\nResponse B: {second}"
    return request(
        prompt(["Which of two responses to an instruction is better?"], shown, OF_BOTH),
        one_of(("A", "B", "equal")),
        role=Role.JUDGE,
        max_tokens=JUDGE_TOKENS,
        temperature=0,
        parents=[begun.seed.id],
    )


def _both(task: Task) -> str:
    return f"Instruction: {task.asked}\n\nResponse: {task.output}"
