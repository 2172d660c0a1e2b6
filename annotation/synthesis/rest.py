"""Many responses, the rewarding ones of which teach the model that writes the next."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from annotation.llms import Prompt
from annotation.questions.replies import reply_of
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import TOGETHER, Asking, Run, together
from .base import (
    Candidate,
    Cell,
    Function,
    InvalidParameters,
    Parameter,
    Recipe,
    Replies,
    Role,
    Seed,
    Step,
    Training,
    Verdict,
    Work,
)  # fmt: skip
from .filters.neighbours import rouge_l
from .filters.tokens import tokens_of
from .grading import HIGHEST, mark_in, mark_request
from .instructions import SLOTS, Slots, Task, find_slots, tasks_in
from .known_answers import final_answer, is_same
from .replies import Unusable
from .responding import Asked, Response, respond, response_prompt
from .rounds import EPOCHS, ROUNDS
from .screening import ANSWERED
from .subject import settings


class Rest(Recipe):
    """Gulcehre et al. 2023, “Reinforced Self-Training (ReST) for Language Modeling”, arXiv:2308.08998, and Singh et al.
    2024, “Beyond Human Data: Scaling Self-Training for Problem-Solving with Language Models”, TMLR, arXiv:2312.06585.

    Taken from ReST: the model as it is draws several responses to each prompt (grow); those whose reward reaches a
    threshold teach it (improve), and the threshold rises. From Singh et al.: every improvement begins at the base. So
    of several improvements over one growth only the last would be seen, and here each growth has one. The reward, in
    [0, 1]: a judge's points, or how near a response comes to the known answer (1 where its final answer is the same,
    else ROUGE-L); ReST has learned metrics there.
    """

    name = "rest"
    title = gettext_noop("Reinforced self-training")
    summary = gettext_noop("Several responses to each task; the best teach the model, and the bar rises every round.")
    paper = "Gulcehre et al. 2023, arXiv:2308.08998; Singh et al. 2024, arXiv:2312.06585"
    version = 1
    cell = Cell.SELF_IMPROVEMENT
    stages = ("instruction_tuning", "fine_tuning")
    functions = (Function.LOGIC, Function.GENERATION)
    parameters = (
        *SLOTS,
        Parameter(
            "reward",
            gettext_noop("Reward"),
            "choice",
            "judge",
            choices=(
                ("judge", gettext_noop("A judge’s points, out of five")),
                ("known", gettext_noop("Nearness to the known answer")),
            ),
        ),
        Parameter("responses", gettext_noop("Responses to each task and round"), "integer", 4, low=1, high=32),
        ROUNDS,
        Parameter("threshold", gettext_noop("First threshold"), "share", 0.6),
        Parameter("rise", gettext_noop("How much it rises each round"), "share", 0.2),
        EPOCHS,
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.9, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.JUDGE)
    own_checks = (("reward", gettext_noop("Reward")), ("new", gettext_noop("Not said before")))
    filters = ANSWERED
    takes_documents = False

    def check(self, work: Work) -> None:
        _tasks(work, _find_slots(work))

    def expected_requests(self, work: Work) -> int:
        given = settings(work, self.parameters)
        each = given["responses"] * given["rounds"] * (2 if given["reward"] == "judge" else 1)
        return len(_tasks(work, _find_slots(work))) * int(each)

    def trains(self, work: Work) -> bool:
        return bool(settings(work, self.parameters)["rounds"] > 1)

    def run(self, work: Work) -> Run:
        slots, given, asking = _find_slots(work), settings(work, self.parameters), Asking()
        stand = [Standing(seed, task) for seed, task in _tasks(work, slots)]
        for number in range(given["rounds"]):
            threshold = min(1.0, round(given["threshold"] + number * given["rise"], 6))
            lessons: list[tuple[Prompt, str]] = []
            for batch in together(stand, max(1, TOGETHER // given["responses"])):
                lessons += yield from self._grow(asking, slots, batch, number, threshold, given)
            if number + 1 < given["rounds"] and lessons:
                yield Training(tuple(lessons), given["epochs"])

    def _grow(
        self,
        asking: Asking,
        slots: Slots,
        batch: Sequence[Standing],
        number: int,
        threshold: float,
        given: dict[str, Any],
    ) -> Generator[Step, Replies | None, list[tuple[Prompt, str]]]:
        """What is to be learned of these tasks: (prompt, reply) of the responses that reach the threshold."""
        operation, count = f"rest: round {number + 1}", given["responses"]
        asked = [Asked(each.seed, each.task.asked) for each in batch]
        drawn = yield from respond(asking, asked, count, given["temperature"], operation, first=number * count)
        jobs = [(each, response) for each, responses in zip(batch, drawn, strict=True) for response in responses]
        rewards = _nearness(jobs) if given["reward"] == "known" else (yield from _points(asking, jobs, operation))
        lessons: list[tuple[Prompt, str]] = []
        for (each, response), reward in zip(jobs, rewards, strict=True):
            if reward is None:
                continue
            verdicts = [_reached(reward, threshold)]
            if reward.value >= threshold:
                lessons.append((response_prompt(each.task.asked), reply_of(response.text)))
                verdicts.append(_said_before(each, response))
            fields, answers = slots.item(Task(each.task.instruction, each.task.input, response.text))
            yield Candidate(
                fields=fields,
                operation=operation,
                parents=(each.seed.id,),
                answers=answers,
                requests=(response.source.place, *reward.places),
                verdicts=tuple(verdicts),
            )
        return lessons


@dataclass(slots=True)
class Standing:
    """A task, and the responses to it that reached their threshold."""

    seed: Seed
    task: Task
    said: set[tuple[str, ...]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Reward:
    """`places`: of the requests that it was asked with."""

    value: float
    places: tuple[int, ...] = ()


Jobs = Sequence[tuple[Standing, Response]]


def _find_slots(work: Work) -> Slots:
    """Raises InvalidParameters where a response has no field of its own: items would all be the same."""
    slots = find_slots(work)
    if slots.output not in slots.fields:
        raise InvalidParameters(
            _("The response is to stand in a field of the item; “%(name)s” is a question.") % {"name": slots.output},
            "output",
        )
    return slots


def _tasks(work: Work, slots: Slots) -> list[tuple[Seed, Task]]:
    """Raises InvalidParameters where there is none, or none whose answer is known and has to be."""
    found = tasks_in(work, slots)
    if work.parameters.get("reward") != "known":
        return found
    if not (known := [(seed, task) for seed, task in found if task.output]):
        raise InvalidParameters(
            _("None of the chosen items has an answer in “%(name)s” to come near to.") % {"name": slots.output},
            "reward",
        )
    return known


def _nearness(jobs: Jobs) -> list[Reward | None]:
    return [Reward(nearness(each.task.output, response.text)) for each, response in jobs]


def nearness(known: str, said: str) -> float:
    """1 where both end in the same answer; else ROUGE-L."""
    return 1.0 if is_same(final_answer(known), final_answer(said)) else rouge_l(known, said)


def _points(asking: Asking, jobs: Jobs, operation: str) -> Generator[Step, Replies | None, list[Reward | None]]:
    """None where the judge gave none, which is an outcome already."""
    answered = yield from asking.ask(
        [mark_request(each.seed, each.task.asked, response.text) for each, response in jobs]
    )
    rewards: list[Reward | None] = []
    for (_each, response), mark in zip(jobs, answered, strict=True):
        try:
            rewards.append(Reward(mark_in(mark.answer()) / HIGHEST, (mark.place,)))
        except Unusable as error:
            yield mark.unparsed(error, operation, before=[response.source.place])
            rewards.append(None)
    return rewards


def _reached(reward: Reward, threshold: float) -> Verdict:
    passed, value = reward.value >= threshold, round(reward.value, 3)
    reason = (
        ""
        if passed
        else _("Its reward is %(value)s; this round asks for %(threshold)s.")
        % {
            "value": f"{value:g}",
            "threshold": f"{threshold:g}",
        }
    )
    return Verdict("reward", passed, value, reason)


def _said_before(each: Standing, response: Response) -> Verdict:
    words = tokens_of(response.text)
    before = words in each.said or words == tokens_of(each.task.output)
    each.said.add(words)
    return Verdict("new", not before, None, _("This was the answer before.") if before else "")
