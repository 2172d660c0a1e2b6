"""Responses to one prompt, the best and the worst of them for people to compare."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from statistics import fmean

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import TOGETHER, Answered, Asking, Run, request, together
from .base import Candidate, Cell, Function, Parameter, Recipe, Replies, Request, Role, Step, Unparsed, Verdict, Work
from .preference import SIDES, Sides, find_sides, prompts_in
from .replies import Unusable, one_of, record
from .responding import Asked, Response, all_the_same, respond
from .screening import ANSWERED
from .subject import settings
from .wording import prompt

ASPECTS = {
    "instruction_following": "does it do what was asked, with every restriction?",
    "honesty": "is it only as sure as it can be, and does it say what it does not know?",
    "truthfulness": "is what it says true, and free of contradiction and invention?",
    "helpfulness": "is it correct, complete and useful to whoever asked?",
}
MARKS = ("1", "2", "3", "4", "5")
MARK = (
    "an object with a number from 1 (bad) to 5 (excellent) as text for each aspect: "
    + ", ".join(f'"{name}"' for name in ASPECTS)
    + "."
)
CHOICES = ("1", "2", "tie")
CHOICE = "“1” if the first response is better, “2” if the second is, “tie” if neither is."
MARK_TOKENS, CHOICE_TOKENS = 96, 32


class Pairs(Recipe):
    """Cui et al. 2024, “UltraFeedback: Boosting Language Models with Scaled AI Feedback”, ICML, arXiv:2310.01377, and
    Zheng et al. 2023, “Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena”, NeurIPS, arXiv:2306.05685.

    Taken from UltraFeedback: several completions of each prompt (there four, by different models; here draws of one),
    each marked from 1 to 5 for instruction-following, truthfulness, honesty and helpfulness; the best against the worst
    by the mean is a pair. Taken from Zheng et al. (§3.4): the judge compares both in either order, and where it does
    not choose the same response twice, the pair goes. A margin between the means keeps out what is too close to call.
    """

    name = "pairs"
    title = gettext_noop("Preference pairs")
    summary = gettext_noop("Several responses to each prompt, marked by a judge; best and worst for people to compare.")
    paper = "Cui et al. 2024, arXiv:2310.01377; Zheng et al. 2023, arXiv:2306.05685"
    version = 1
    cell = Cell.CO_ANNOTATION
    stages = ("preference_alignment",)
    functions = (Function.GENERATION,)
    parameters = (
        *SIDES,
        Parameter("responses", gettext_noop("Responses to each prompt"), "integer", 4, low=2, high=16),
        Parameter(
            "margin",
            gettext_noop("Least margin"),
            "number",
            0.5,
            gettext_noop("How much higher the better one’s mean mark is, on the scale from 1 to 5."),
            low=0,
            high=4,
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 1.0, low=0, high=2),
    )
    roles = (Role.GENERATOR, Role.JUDGE)
    own_checks = (("margin", gettext_noop("Margin")), ("either order", gettext_noop("The same choice in either order")))
    filters = ANSWERED
    takes_documents = False

    def check(self, work: Work) -> None:
        prompts_in(work, find_sides(work))

    def expected_requests(self, work: Work) -> int:
        return len(prompts_in(work, find_sides(work))) * (2 * settings(work, self.parameters)["responses"] + 2)

    def run(self, work: Work) -> Run:
        sides, given, asking = find_sides(work), settings(work, self.parameters), Asking()
        for batch in together(prompts_in(work, sides), max(1, TOGETHER // given["responses"])):
            drawn = yield from respond(asking, batch, given["responses"], given["temperature"], self.name)
            marked = yield from _marked(asking, batch, drawn, self.name)
            found: list[Pair] = []
            for asked, responses, marks in zip(batch, drawn, marked, strict=True):
                if len(responses) == 1:
                    yield all_the_same(asked, responses[0], self.name)
                elif len(marks) > 1:
                    found.append(_apart(asked, marks))
            clear = [pair for pair in found if pair.margin >= given["margin"]]
            compared = yield from asking.ask([each for pair in clear for each in _both_orders(pair)])
            comparisons = together(compared, 2)
            for pair in found:
                both = next(comparisons) if pair.margin >= given["margin"] else []
                yield self._outcome(sides, pair, both, given["margin"], better_first=work.random.random() < 0.5)

    def _outcome(
        self, sides: Sides, pair: Pair, compared: Sequence[Answered], margin: float, *, better_first: bool
    ) -> Candidate | Unparsed:
        """`compared`: nothing where the margin is too small."""
        verdicts = [_margin(pair, margin)]
        said: list[str] = []
        for each in compared:
            try:
                said.append(each.answer())
            except Unusable as error:
                return each.unparsed(error, self.name, before=pair.places)
        if said:
            verdicts.append(_agreement(said))
        better, worse = pair.better.response.text, pair.worse.response.text
        fields, answers = sides.item(pair.asked.text, better, worse, better_first=better_first)
        return Candidate(
            fields=fields,
            operation=self.name,
            parents=(pair.asked.seed.id,),
            answers=answers,
            requests=(*pair.places, *(each.place for each in compared)),
            verdicts=tuple(verdicts),
        )


@dataclass(frozen=True, slots=True)
class Marked:
    """A response with the mean of its marks."""

    response: Response
    mark: float
    source: Answered


@dataclass(frozen=True, slots=True)
class Pair:
    asked: Asked
    better: Marked
    worse: Marked

    @property
    def margin(self) -> float:
        return self.better.mark - self.worse.mark

    @property
    def places(self) -> tuple[int, ...]:
        return tuple(
            source.place for each in (self.better, self.worse) for source in (each.response.source, each.source)
        )


def _marked(
    asking: Asking, batch: Sequence[Asked], drawn: Sequence[Sequence[Response]], operation: str
) -> Generator[Step, Replies | None, list[list[Marked]]]:
    """Only where there is something to compare."""
    jobs = [(place, response) for place, responses in enumerate(drawn) for response in responses if len(responses) > 1]
    answered = yield from asking.answers(
        jobs,
        [_mark(batch[place], response) for place, response in jobs],
        operation,
        before=lambda job: [job[1].source.place],
    )
    found: list[list[Marked]] = [[] for _each in batch]
    for (place, response), each, marks in answered:
        found[place].append(Marked(response, fmean(int(mark) for mark in marks.values()), each))
    return found


def _apart(asked: Asked, marked: Sequence[Marked]) -> Pair:
    """Of equals the earliest is the best, and the latest the worst."""
    ranked = sorted(marked, key=lambda each: -each.mark)
    return Pair(asked, ranked[0], ranked[-1])


def _mark(asked: Asked, response: Response) -> Request:
    parts = [
        "Judge a response to an instruction, each aspect by itself. Length alone is no merit.",
        "\n".join(f"- {name}: {question}" for name, question in ASPECTS.items()),
    ]
    return request(
        prompt(parts, f"Instruction: {asked.text}\n\nResponse: {response.text}", MARK, last="The marks:"),
        record(**{name: one_of(MARKS) for name in ASPECTS}),
        role=Role.JUDGE,
        max_tokens=MARK_TOKENS,
        temperature=0,
        parents=[asked.seed.id],
    )


def _both_orders(pair: Pair) -> list[Request]:
    better, worse = pair.better.response.text, pair.worse.response.text
    return [_comparison(pair.asked, first, second) for first, second in ((better, worse), (worse, better))]


def _comparison(asked: Asked, first: str, second: str) -> Request:
    parts = [
        "Which response to the instruction is better: more correct, then more helpful, then clearer? Neither order nor "
        "length matters.",
    ]
    both = f"Instruction: {asked.text}\n\nFirst response: {first}\n\nSecond response: {second}"
    return request(
        prompt(parts, both, CHOICE, last="The better response:"),
        one_of(CHOICES),
        role=Role.JUDGE,
        max_tokens=CHOICE_TOKENS,
        temperature=0,
        parents=[asked.seed.id],
    )


def _margin(pair: Pair, least: float) -> Verdict:
    reason = ""
    if pair.margin < least:
        reason = _("The better one’s mark is higher by %(margin)s only.") % {"margin": f"{pair.margin:.2f}"}
    return Verdict("margin", not reason, round(pair.margin, 3), reason)


def _agreement(said: Sequence[str]) -> Verdict:
    """Of the better one first, then of the worse one first."""
    value = ", ".join(said)
    if said == ["1", "2"]:
        return Verdict("either order", True, value)
    if said == ["2", "1"]:
        return Verdict("either order", False, value, _("Compared, the judge prefers the one that it marked lower."))
    return Verdict("either order", False, value, _("The judge’s choice depends on which response comes first."))
