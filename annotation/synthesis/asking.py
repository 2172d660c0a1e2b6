"""A recipe's talk with its models: requests go out in lists, and each reply comes back with its place in the run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from annotation.llms import ModelError, Prompt, Reply
from annotation.llms.base import Schema

from .base import Replies, Request, Role, Step, Unparsed
from .replies import Unusable, answer_in, raw_of, reply_schema

# Requests that go out together: enough to keep an endpoint busy, few enough to see outcomes soon.
TOGETHER = 32

Each = TypeVar("Each")
Run = Generator[Step, Replies | None, None]
"""What `Recipe.run` returns."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A request with its reply. `place`: how many requests the run had made before it."""

    place: int
    request: Request
    reply: Reply | ModelError

    def answer(self) -> Any:
        """What the model was asked for. Raises Unusable."""
        assert self.request.schema is not None
        return answer_in(self.reply, self.request.schema)

    def unparsed(self, error: Unusable, operation: str, *, before: Sequence[int] = ()) -> Unparsed:
        """What to say of it. `before`: places of the requests that led to this one."""
        return Unparsed(
            reason=str(error),
            operation=operation,
            parents=self.request.parents,
            requests=(*before, self.place),
            raw=raw_of(self.reply),
        )


@dataclass(slots=True)
class Asking:
    """Counts a run's requests, in order."""

    asked: int = field(default=0)

    def ask(self, requests: Sequence[Request]) -> Generator[Step, Replies | None, list[Answered]]:
        """`answered = yield from asking.ask(requests)`: one for each request, in order."""
        if not requests:
            return []
        first = self.asked
        self.asked += len(requests)
        replies = yield list(requests)
        assert replies is not None
        return [
            Answered(first + place, request, reply)
            for place, (request, reply) in enumerate(zip(requests, replies, strict=True))
        ]

    def answers(
        self,
        jobs: Sequence[Each],
        requests: Sequence[Request],
        operation: str,
        *,
        before: Callable[[Each], Sequence[int]] = lambda job: (),
    ) -> Generator[Step, Replies | None, list[tuple[Each, Answered, Any]]]:
        """(job, reply, answer) of the jobs whose request, in the same place, was answered as asked; of the others an
        outcome says why there is none. `before`: places of the requests that led to a job's.
        """
        answered = yield from self.ask(requests)
        found: list[tuple[Each, Answered, Any]] = []
        for job, each in zip(jobs, answered, strict=True):
            try:
                found.append((job, each, each.answer()))
            except Unusable as error:
                yield each.unparsed(error, operation, before=before(job))
        return found


def request(
    prompt: Prompt,
    answer: Schema,
    *,
    role: Role = Role.GENERATOR,
    max_tokens: int = 512,
    temperature: float = 0.7,
    index: int = 0,
    parents: Sequence[int] = (),
) -> Request:
    """A request whose reply is `{"answer": …}`, with an answer of this schema."""
    return Request(
        prompt=prompt,
        role=role,
        max_tokens=max_tokens,
        temperature=temperature,
        index=index,
        schema=reply_schema(answer),
        parents=tuple(parents),
    )


def together(jobs: Sequence[Each], size: int = TOGETHER) -> Generator[list[Each], None, None]:
    rest = iter(jobs)
    while batch := list(islice(rest, size)):
        yield batch
