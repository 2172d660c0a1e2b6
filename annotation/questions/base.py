"""What every question type answers; nothing else in the house needs to know a type's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Answer = Any
Answers = dict[str, Answer]
Distribution = dict[str, float]


class InvalidQuestion(ValueError):
    """A question definition that cannot be asked; the message says what and where."""


class InvalidAnswer(ValueError):
    """An answer the question does not admit; `question` names it."""

    def __init__(self, question: str, message: str) -> None:
        super().__init__(message)
        self.question = question


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen. `value` is stored; `title` is shown."""

    value: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a project's schema, as stored in `Project.questions`."""

    name: str
    type: str
    title: str
    required: bool = True
    description: str = ""
    options: tuple[Option, ...] = field(default=())

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(option.value for option in self.options)

    def option_title(self, value: str) -> str:
        return next((option.title for option in self.options if option.value == value), value)


class QuestionType(Protocol):
    """The contract of one file in `questions/`."""

    name: str
    title: str
    template: str

    def check(self, question: Question) -> None:
        """Raise InvalidQuestion when the definition cannot be asked."""

    def clean(self, question: Question, raw: object) -> Answer:
        """The canonical answer, or InvalidAnswer."""

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        """0 where two answers agree, 1 where they are as far apart as can be (Krippendorff's δ, scaled)."""

    def aggregate(self, question: Question, votes: Sequence[tuple[Distribution, float]]) -> tuple[Answer, Distribution]:
        """Weighted votes (each a distribution over answer keys) → the winning answer and its distribution."""

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        """One annotation as a distribution over answer keys; people's answers put all mass on one key."""

    def prompt(self, question: Question) -> str:
        """How a language model is asked."""

    def reply_schema(self, question: Question) -> dict[str, Any]:
        """JSON schema of a model's reply."""

    def parse(self, question: Question, reply: str) -> Answer:
        """A model's reply as an answer; InvalidAnswer where it does not fit exactly. Never a guess."""

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        """The answer as flat columns."""

    def display(self, question: Question, answer: Answer) -> str:
        """The answer as a person reads it."""
