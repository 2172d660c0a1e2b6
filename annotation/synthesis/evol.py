"""Instructions made harder step by step, and new ones beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import Answered, Asking, Run, request, together
from .base import Candidate, Cell, Function, Parameter, Recipe, Request, Role, Seed, Verdict, Work
from .filters.tokens import tokens_of
from .function_words import FUNCTION_WORDS
from .instructions import SLOTS, Slots, Task, find_slots, tasks_in
from .replies import TEXT, Unusable, one_of
from .responding import response_prompt
from .screening import INSTRUCTIONS
from .subject import settings
from .wording import prompt

# §3.2 of the paper: five ways in depth, one in breadth.
WAYS: dict[str, str] = {
    "constraints": "Rewrite the instruction by adding one more constraint or requirement to it.",
    "deepening": "Rewrite the instruction so that what it asks about is asked about in more depth and breadth.",
    "concretizing": "Rewrite the instruction by replacing general concepts in it with more specific ones.",
    "reasoning": "Rewrite the instruction so that it asks explicitly for several steps of reasoning instead of one.",
    "input": "Rewrite the instruction by adding data to it that it works on, such as a table, code or figures.",
    "breadth": "Write a brand-new instruction of the same domain, of about the same length and difficulty, but rarer.",
}
DEPTH = (
    "It must be reasonable, be understood and answered by people, and not be much longer: 10 to 20 more words at most. "
    "Keep data that it holds, such as tables and code."
)
ANSWER = "the new instruction alone, not its answer."
EQUAL = "“yes” or “no”."
COPIED = (
    "given instruction",
    "given prompt",
    "rewritten prompt",
    "rewritten instruction",
    "created prompt",
)
SHORT_APOLOGY = 80  # Words.


class Evol(Recipe):
    """Xu et al. 2024, “WizardLM: Empowering Large Language Models to Follow Complex Instructions”, ICLR,
    arXiv:2304.12244.

    Taken from it: in each of M rounds (there 4) every instruction is evolved in one of six ways, drawn evenly: five in
    depth, one in breadth; the evolved one is answered; it is eliminated where (1) a model finds nothing new in it, (2)
    the answer has “sorry” in it and fewer than 80 words, (3) the answer is punctuation and stop words alone, or (4)
    words of the request for it were copied. Where one is eliminated, the instruction as it was goes into the next
    round.
    """

    name = "evol"
    title = gettext_noop("Evol-Instruct")
    summary = gettext_noop(
        "Each instruction made harder, or turned into another one, over several rounds, with answers."
    )
    paper = "Xu et al. 2024, arXiv:2304.12244"
    version = 1
    cell = Cell.GENERAL_DISTILLATION
    stages = ("instruction_tuning",)
    functions = (Function.LOGIC, Function.GENERATION)
    parameters = (
        *SLOTS,
        Parameter("rounds", gettext_noop("Rounds"), "integer", 2, low=1, high=10),
        Parameter(
            "way",
            gettext_noop("Way"),
            "choice",
            "any",
            choices=(
                ("any", gettext_noop("Any, drawn each time")),
                ("depth", gettext_noop("In depth alone")),
                ("breadth", gettext_noop("In breadth alone")),
            ),
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.9, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.CHECKER)
    own_checks = (("elimination", gettext_noop("Elimination rules")),)
    filters = INSTRUCTIONS
    takes_documents = False

    def check(self, work: Work) -> None:
        tasks_in(work, find_slots(work))

    def expected_requests(self, work: Work) -> int:
        return 3 * len(tasks_in(work, find_slots(work))) * settings(work, self.parameters)["rounds"]

    def run(self, work: Work) -> Run:
        slots, given = find_slots(work), settings(work, self.parameters)
        stand = [Standing(seed, task.asked) for seed, task in tasks_in(work, slots)]
        asking = Asking()
        for number in range(given["rounds"]):
            for batch in together(stand):
                yield from _round(work, asking, slots, batch, number, given)


@dataclass(slots=True)
class Standing:
    """Where the evolution of a seed stands: its instruction goes into the next round."""

    seed: Seed
    instruction: str


def _round(work: Work, asking: Asking, slots: Slots, batch: list[Standing], number: int, given: dict[str, Any]) -> Run:
    ways = {"any": list(WAYS), "depth": [way for way in WAYS if way != "breadth"], "breadth": ["breadth"]}
    drawn = [work.random.choice(ways[given["way"]]) for _each in batch]
    warmth = given["temperature"]
    evolved = yield from asking.ask(
        [_evolution(each, way, number, warmth) for each, way in zip(batch, drawn, strict=True)]
    )
    grown: list[tuple[Standing, str, str, Answered]] = []
    for each, way, answered in zip(batch, drawn, evolved, strict=True):
        try:
            grown.append((each, way, answered.answer(), answered))
        except Unusable as error:
            yield answered.unparsed(error, way)
    asked = [
        one
        for each, _way, instruction, _answered in grown
        for one in (_response(each, instruction, number, warmth), _equality(each, instruction))
    ]
    replies = yield from asking.ask(asked)
    for (each, way, instruction, first), (response, equality) in zip(grown, together(replies, 2), strict=True):
        before = [first.place]
        try:
            said = response.answer()
        except Unusable as error:
            # A model that cannot answer the evolved instruction eliminates it.
            yield response.unparsed(error, way, before=before)
            continue
        try:
            same = equality.answer() == "yes"
        except Unusable as error:
            yield equality.unparsed(error, way, before=[*before, response.place])
            continue
        verdict = elimination(each.instruction, instruction, said, same)
        fields, answers = slots.item(Task(instruction, output=said))
        yield Candidate(
            fields=fields,
            operation=way,
            parents=(each.seed.id,),
            answers=answers,
            metadata={"round": number + 1},
            requests=(*before, response.place, equality.place),
            verdicts=(verdict,),
        )
        if verdict.passed:
            each.instruction = instruction


def elimination(before: str, after: str, response: str, same: bool) -> Verdict:
    """The paper's four rules."""
    words, reason = response.split(), ""
    if same or tokens_of(before) == tokens_of(after):
        reason = _("It asks nothing new.")
    elif "sorry" in response.casefold() and len(words) < SHORT_APOLOGY:
        reason = _("The answer is an apology.")
    elif all(token in FUNCTION_WORDS for token in tokens_of(response)):
        reason = _("The answer is punctuation and stop words alone.")
    elif copied := next((each for each in COPIED if each in after.casefold() and each not in before.casefold()), ""):
        reason = _("It copies “%(words)s” from the request.") % {"words": copied}
    return Verdict("elimination", not reason, None, reason)


def _evolution(each: Standing, way: str, number: int, temperature: float) -> Request:
    return request(
        prompt([WAYS[way], "" if way == "breadth" else DEPTH], each.instruction, ANSWER, last="The new instruction:"),
        TEXT,
        temperature=temperature,
        index=number,
        parents=[each.seed.id],
    )


def _response(each: Standing, instruction: str, number: int, temperature: float) -> Request:
    return request(
        response_prompt(instruction),
        TEXT,
        max_tokens=1_024,
        temperature=temperature,
        index=number,
        parents=[each.seed.id],
    )


def _equality(each: Standing, instruction: str) -> Request:
    parts = [
        "Do these two instructions ask for the same? They do where they have the same requirements and constraints "
        "and are asked about in the same depth and breadth.",
    ]
    both = f"First: {each.instruction}\n\nSecond: {instruction}"
    return request(
        prompt(parts, both, EQUAL),
        one_of(("yes", "no")),
        role=Role.CHECKER,
        max_tokens=32,
        temperature=0,
        parents=[each.seed.id],
    )
