"""What goes into a recipe and what comes out: seed items and parameters in, requests to models, candidates out."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from annotation.llms import Prompt
from annotation.llms.base import ModelError, Reply, Schema
from annotation.questions import Answers, Question


class Cell(StrEnum):
    """Where the survey files a method (arXiv 2410.12896, figure 1)."""

    LABELING = "labeling"
    REFORMATION = "reformation"
    CO_ANNOTATION = "co_annotation"
    GENERAL_DISTILLATION = "general_distillation"
    DOMAIN_DISTILLATION = "domain_distillation"
    SELF_IMPROVEMENT = "self_improvement"


class Function(StrEnum):
    """What of a language model the data is for (arXiv 2410.12896, §5)."""

    UNDERSTANDING = "understanding"
    LOGIC = "logic"
    MEMORY = "memory"
    GENERATION = "generation"


class Role(StrEnum):
    """Which of a run's models a request is for. A run without a checker or judge of its own asks its generator."""

    GENERATOR = "generator"
    CHECKER = "checker"
    JUDGE = "judge"


class InvalidParameters(ValueError):
    """A recipe's parameters, or a project that it cannot work on; `where` is the parameter's name, or empty."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing to choose before a run. `kind`: integer, share, number, text, choice, question, field or document.

    `choices` are (value, title); `low` and `high` are inclusive.
    """

    name: str
    title: str
    kind: str
    default: Any
    note: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Seed:
    """An item that a recipe starts from. `answers`: what its questions were settled as, or its known answers.

    `family` is the id of the item that it comes from in the end, its own where it was imported. `missed`: the questions
    that a model of the project answered otherwise.
    """

    id: int
    fields: Mapping[str, Any]
    answers: Answers
    family: int
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """An uploaded document, as text. Headings are as in Markdown."""

    id: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a run hands its recipe. Whatever a recipe draws, it draws from `random`, so equal runs ask equal things.

    `fields`: name, type and title of what an item shows; `pool`: texts that the project has already; `documents`: those
    that were chosen, for recipes that take them; `amount`: how many items are wanted, None where as many as come. A run
    stops by itself once so many were kept.
    """

    seeds: tuple[Seed, ...]
    fields: tuple[dict[str, str], ...]
    questions: tuple[Question, ...]
    guidelines: str
    parameters: Mapping[str, Any]
    random: random.Random
    pool: tuple[str, ...] = ()
    documents: tuple[Source, ...] = ()
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One call to a model. The same request of the same model is paid for once, ever: `index` tells repeats apart.

    `temperature` 0 is the likeliest reply. `parents`: the seeds that it is about, for the list of calls.
    """

    prompt: Prompt
    role: Role = Role.GENERATOR
    max_tokens: int = 256
    temperature: float = 0.7
    index: int = 0
    schema: Schema | None = None
    parents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Training:
    """Fine-tune the generator from its base model, always anew, on (prompt, reply) pairs; later requests ask it."""

    pairs: tuple[tuple[Prompt, str], ...]
    epochs: int = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one filter said of a candidate: `value` is what it measured."""

    filter: str
    passed: bool
    value: float | str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that a recipe proposes.

    `answers`: what it was made to be; reviewers do not see it. `metadata` they do see: nothing in it may tell the
    answers. `requests`: places, in order of asking, of the requests whose replies it is made of. `verdicts`: what the
    recipe's own checks said; a failed one drops it.
    """

    fields: Mapping[str, Any]
    operation: str
    parents: tuple[int, ...] = ()
    answers: Answers = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    rationale: str = ""
    hinted: bool = False
    """Whether the rationale was written by a model that had been told the answer."""
    shared: str = ""
    """What others say word for word too, such as the passage that it asks about: no reason to call them alike."""
    requests: tuple[int, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A reply that is no candidate, and why: kept and shown, never coerced."""

    reason: str
    operation: str
    parents: tuple[int, ...] = ()
    requests: tuple[int, ...] = ()
    raw: str = ""


Outcome = Candidate | Unparsed
Replies = Sequence[Reply | ModelError]
Step = Outcome | Sequence[Request] | Training


class Recipe(Protocol):
    """One way to make items. A recipe keeps nothing and knows no database, so a run that was killed is played again:
    the requests that were answered before are answered from the cache, and lead to the same outcomes in the same order.
    """

    name: str
    title: str
    summary: str
    paper: str
    version: int
    cell: Cell
    stages: tuple[str, ...]
    """Lifecycle stages that it serves, by their values in `models.Lifecycle`."""
    functions: tuple[Function, ...]
    parameters: tuple[Parameter, ...]
    roles: tuple[Role, ...]
    """The models that it asks; empty where it asks none."""
    filters: tuple[str, ...]
    """Names of `synthesis/filters` that its candidates go through, in order, before they are items."""
    own_checks: tuple[tuple[str, str], ...] = ()
    """(name, title) of what it looks at by itself before the filters, in order: what `Candidate.verdicts` names."""
    examples: tuple[str, ...] = ()
    """Answers of ours that its prompts show: a small model may give one of them back, whatever it was asked."""
    takes_documents: bool
    """Whether it works on uploaded documents, in place of or beside seed items."""

    def check(self, work: Work) -> None:
        """Raise InvalidParameters where the project, the seeds or the parameters are not what it needs."""

    def expected_requests(self, work: Work) -> int:
        """About how many requests a run will make, for the estimate."""

    def trains(self, work: Work) -> bool:
        """Whether a run fine-tunes its generator, which then has to be a model on this machine."""
        return False

    def run(self, work: Work) -> Generator[Step, Replies | None, None]:
        """Yield lists of requests, each answered with one reply or error per request, in order; a Training, answered
        with None; and outcomes, in between and as early as they are known. Errors of a model are replies: say what
        becomes of them with an Unparsed.
        """
