"""A model that judges its own responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .asking import TOGETHER, Asking, Run, together
from .base import Candidate, Cell, Function, Parameter, Recipe, Request, Role, Verdict, Work
from .grading import mark_in, mark_request
from .preference import SIDES, Sides, find_sides, prompts_in
from .replies import Unusable
from .responding import Asked, Response, all_the_same, respond
from .screening import ANSWERED
from .subject import settings


class SelfReward(Recipe):
    """Yuan et al. 2024, “Self-Rewarding Language Models”, ICML, arXiv:2401.10020.

    Taken from it: the model that writes marks its own responses (there four of each prompt) on the additive scale from
    0 to 5, each several times (there three, and the mean), and the best with the worst is a preference pair unless both
    have the same mark. Its training on these pairs by DPO, and the next round with the model that comes of it, are
    for whoever exports them.
    """

    name = "self_reward"
    title = gettext_noop("Self-rewarding")
    summary = gettext_noop("The model marks its own responses from 0 to 5; best and worst for people to compare.")
    paper = "Yuan et al. 2024, arXiv:2401.10020"
    version = 1
    cell = Cell.SELF_IMPROVEMENT
    stages = ("preference_alignment",)
    functions = (Function.GENERATION,)
    parameters = (
        *SIDES,
        Parameter("responses", gettext_noop("Responses to each prompt"), "integer", 4, low=2, high=16),
        Parameter(
            "marks",
            gettext_noop("Marks of each response"),
            "integer",
            3,
            gettext_noop("Drawn anew each time; their mean counts."),
            low=1,
            high=9,
        ),
        Parameter("temperature", gettext_noop("Temperature"), "number", 0.7, low=0, high=2),
    )
    roles = (Role.GENERATOR,)
    own_checks = (("margin", gettext_noop("Margin")),)
    filters = ANSWERED
    takes_documents = False

    def check(self, work: Work) -> None:
        prompts_in(work, find_sides(work))

    def expected_requests(self, work: Work) -> int:
        given = settings(work, self.parameters)
        return len(prompts_in(work, find_sides(work))) * int(given["responses"]) * (1 + int(given["marks"]))

    def run(self, work: Work) -> Run:
        sides, given, asking = find_sides(work), settings(work, self.parameters), Asking()
        for batch in together(prompts_in(work, sides), max(1, TOGETHER // given["responses"])):
            drawn = yield from respond(asking, batch, given["responses"], given["temperature"], self.name)
            jobs = [
                (place, response)
                for place, responses in enumerate(drawn)
                for response in responses
                if len(responses) > 1
            ]
            requests = [
                each
                for place, response in jobs
                for each in _marks(batch[place], response, given["marks"], given["temperature"])
            ]
            answered = yield from asking.ask(requests)
            ranked: list[list[Marked]] = [[] for _asked in batch]
            for (place, response), replies in zip(jobs, together(answered, given["marks"]), strict=True):
                marks: list[int] = []
                for reply in replies:
                    try:
                        marks.append(mark_in(reply.answer()))
                    except Unusable as error:
                        yield reply.unparsed(error, self.name, before=[response.source.place])
                if marks:
                    places = (response.source.place, *(reply.place for reply in replies))
                    ranked[place].append(Marked(response.text, fmean(marks), places))
            for asked, responses, marked in zip(batch, drawn, ranked, strict=True):
                if len(responses) == 1:
                    yield all_the_same(asked, responses[0], self.name)
                elif len(marked) > 1:
                    yield self._pair(sides, asked, marked, better_first=work.random.random() < 0.5)

    def _pair(self, sides: Sides, asked: Asked, marked: Sequence[Marked], *, better_first: bool) -> Candidate:
        """Of equals the earliest is the best, and the latest the worst."""
        best, *_between, worst = sorted(marked, key=lambda each: -each.mark)
        fields, answers = sides.item(asked.text, best.text, worst.text, better_first=better_first)
        apart = best.mark - worst.mark
        reason = "" if apart > 0 else _("All responses have the same mark, %(mark)s.") % {"mark": f"{best.mark:.2g}"}
        return Candidate(
            fields=fields,
            operation=self.name,
            parents=(asked.seed.id,),
            answers=answers,
            requests=(*best.places, *worst.places),
            verdicts=(Verdict("margin", not reason, round(apart, 3), reason),),
        )


@dataclass(frozen=True, slots=True)
class Marked:
    """`places`: of the requests for it and for its marks."""

    text: str
    mark: float
    places: tuple[int, ...]


def _marks(asked: Asked, response: Response, count: int, temperature: float) -> list[Request]:
    return [
        mark_request(asked.seed, asked.text, response.text, role=Role.GENERATOR, temperature=temperature, index=number)
        for number in range(count)
    ]
