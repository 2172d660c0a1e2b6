"""Several responses of the generator to one and the same prompt."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from annotation.llms import Prompt
from annotation.questions.speech import gettext as _

from .asking import Answered, Asking, request
from .base import Replies, Request, Seed, Step, Unparsed
from .filters.tokens import tokens_of
from .replies import TEXT, Unusable
from .wording import prompt

RESPONSE = "what a helpful assistant responds."
RESPONSE_TOKENS = 768


@dataclass(frozen=True, slots=True)
class Asked:
    """What a seed asks, its input included."""

    seed: Seed
    text: str


@dataclass(frozen=True, slots=True)
class Response:
    """What was said to it, and the reply that says so."""

    text: str
    source: Answered


def respond(
    asking: Asking, asked: Sequence[Asked], count: int, temperature: float, operation: str, *, first: int = 0
) -> Generator[Step, Replies | None, list[list[Response]]]:
    """For each that is asked, what was responded in `count` draws: wordings that differ, in order. `first`: the number
    of the first draw. Replies that are no response become outcomes.
    """
    jobs = [(place, number) for place in range(len(asked)) for number in range(first, first + count)]
    answered = yield from asking.ask([_request(asked[place], number, temperature) for place, number in jobs])
    found: list[dict[tuple[str, ...], Response]] = [{} for _each in asked]
    for (place, _number), each in zip(jobs, answered, strict=True):
        try:
            text = each.answer()
        except Unusable as error:
            yield each.unparsed(error, operation)
            continue
        found[place].setdefault(tokens_of(text), Response(text, each))
    return [list(each.values()) for each in found]


def all_the_same(asked: Asked, response: Response, operation: str) -> Unparsed:
    """What becomes of a prompt to which one response came alone."""
    return Unparsed(
        reason=_("There are no two different responses; a higher temperature may help."),
        operation=operation,
        parents=(asked.seed.id,),
        requests=(response.source.place,),
        raw=response.text,
    )


def response_prompt(text: str) -> Prompt:
    return prompt(["Respond to what somebody asks of you."], text, RESPONSE, last="The response:")


def _request(asked: Asked, number: int, temperature: float) -> Request:
    return request(
        response_prompt(asked.text),
        TEXT,
        max_tokens=RESPONSE_TOKENS,
        temperature=temperature,
        index=number,
        parents=[asked.seed.id],
    )
