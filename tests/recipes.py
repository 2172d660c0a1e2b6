"""A recipe and a filter as somebody would add them: one file, and one line in each registry."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

from annotation.llms import ModelError, Prompt, Reply
from annotation.synthesis.base import (
    Candidate,
    Cell,
    Function,
    InvalidParameters,
    Parameter,
    Recipe,
    Replies,
    Request,
    Role,
    Step,
    Unparsed,
    Verdict,
    Work,
)
from annotation.synthesis.filters.base import Company
from annotation.synthesis.filters.registry import FILTERS
from annotation.synthesis.registry import RECIPES

NAME = "echo"


class Echo(Recipe):
    """Has the generator put every seed in other words, and, where it asks a checker, has that look at each of them."""

    name = NAME
    title = "Echo"
    summary = "Says every seed again."
    paper = "https://arxiv.org/abs/2410.12896"
    version = 1
    cell = Cell.REFORMATION
    stages = ("fine_tuning",)
    functions = (Function.UNDERSTANDING,)
    parameters = (
        Parameter("times", "Times", "integer", 1, low=1, high=50),
        Parameter("question", "Question", "question", None),
        Parameter("tone", "Tone", "choice", "plain", choices=(("plain", "Plain"), ("rude", "Rude"))),
    )
    roles: tuple[Role, ...] = (Role.GENERATOR, Role.CHECKER)
    filters: tuple[str, ...] = ("brief",)
    takes_documents = True
    checks = True

    def check(self, work: Work) -> None:
        if not work.seeds and not work.documents:
            raise InvalidParameters("It needs a seed.")

    def expected_requests(self, work: Work) -> int:
        return len(work.seeds) * work.parameters["times"] * (2 if self.checks else 1)

    def run(self, work: Work) -> Generator[Step, Replies | None, None]:
        seeds = list(work.seeds)
        work.random.shuffle(seeds)
        place = 0
        for time in range(work.parameters["times"]):
            replies = yield [_asked(seed.id, str(seed.fields["text"]), work, time) for seed in seeds]
            assert replies is not None
            first, place = place, place + len(seeds)
            for number, (seed, reply) in enumerate(zip(seeds, replies, strict=True)):
                operation = f"echo {work.parameters['tone']}"
                if isinstance(reply, ModelError):
                    yield Unparsed(str(reply), operation, (seed.id,), (first + number,))
                    continue
                if not reply.text.startswith("again"):
                    yield Unparsed(
                        "It does not begin with “again”.", operation, (seed.id,), (first + number,), reply.text
                    )
                    continue
                verdicts: tuple[Verdict, ...] = ()
                if self.checks:
                    checked = yield [Request(Prompt("Is this fine?", reply.text), Role.CHECKER, temperature=0)]
                    assert checked is not None
                    place += 1
                    verdicts = (_verdict(checked[0]),)
                yield Candidate(
                    {"text": reply.text},
                    operation,
                    (seed.id,),
                    answers=seed.answers,
                    metadata={"time": time},
                    requests=(first + number,),
                    verdicts=verdicts,
                )
        for document in work.documents:
            yield Candidate({"text": document.text[:80]}, "quote", metadata={"document": document.name})


class Brief:
    name = "brief"
    title = "Brief enough"
    note = "At most 100 characters."

    def judge(self, candidate: Candidate, company: Company) -> Verdict:
        length = len(str(candidate.fields["text"]))
        return Verdict(self.name, length <= 100, length, "" if length <= 100 else "It is too long.")


def _asked(seed: int, text: str, work: Work, time: int) -> Request:
    instructions = f"Say this again in a {work.parameters['tone']} tone.\n\n"
    return Request(Prompt(instructions, text), temperature=0.9, index=time, parents=(seed,))


def _verdict(reply: Reply | ModelError) -> Verdict:
    fine = isinstance(reply, Reply) and "no" not in reply.text
    return Verdict("checker", fine, "" if isinstance(reply, ModelError) else reply.text, "" if fine else "It objects.")


@contextmanager
def offered() -> Iterator[Echo]:
    """While it is in the registries."""
    recipe = Echo()
    RECIPES[NAME], FILTERS["brief"] = recipe, Brief()
    try:
        yield recipe
    finally:
        del RECIPES[NAME], FILTERS["brief"]
