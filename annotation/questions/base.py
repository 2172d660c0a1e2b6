"""What every question type answers; nothing else in the house needs to know a type's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol

Answer = Any
Answers = dict[str, Answer]
Distribution = dict[str, float]
Fields = Mapping[str, Any]
"""What an item shows: field name → stored value."""
NO_FIELDS: Fields = MappingProxyType({})

# Shades that are told apart in light and dark and by people who see few colours; each is a CSS class.
COLORS = (
    "blue", "orange", "green", "pink", "teal", "red", "indigo", "lime", "brown", "purple", "yellow", "gray",
)  # fmt: skip


class InvalidQuestion(ValueError):
    """A question definition that cannot be asked; the message says what and where."""


class InvalidAnswer(ValueError):
    """An answer the question does not admit; `question` names it."""

    def __init__(self, question: str, message: str) -> None:
        super().__init__(message)
        self.question = question


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen. `value` is stored; `title` is shown.

    `hotkey`: one character, or empty for a digit by position; `color`: one of COLORS, or empty for one by position.
    A retired option is not offered any more; answers that chose it stay readable.
    """

    value: str
    title: str
    description: str = ""
    color: str = ""
    hotkey: str = ""
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """Asked only where the answer to an earlier question holds one of `keys`."""

    question: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question of a project's schema, as stored in `Project.questions`.

    `settings`: its type's own keys, complete.
    """

    name: str
    type: str
    title: str
    required: bool = True
    description: str = ""
    options: tuple[Option, ...] = field(default=())
    condition: Condition | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def offered(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if not option.retired)

    @cached_property
    def values(self) -> tuple[str, ...]:
        """What can be chosen today."""
        return tuple([option.value for option in self.options if not option.retired])

    def option_title(self, value: str) -> str:
        return next((option.title for option in self.options if option.value == value), value)


@dataclass(frozen=True, slots=True)
class Fused:
    """Votes become one: the answer, the share of each key, how sure the votes are of the whole answer (in [0, 1])."""

    answer: Answer
    distribution: Distribution
    posterior: float


class Shape(Enum):
    """What an answer is made of: by it model annotators choose how to ask, how to learn and how to measure."""

    ONE = "one of the options"
    SCALE = "one of the options, which stand in order"
    ANY = "any of the options"
    MARKS = "stretches of a text, each with one of the options"
    ORDER = "the options in an order"
    WRITTEN = "a text"


class QuestionType(Protocol):
    """The contract of one file in `questions/`.

    The keys of a distribution are the parts an answer is made of: the options of a choice, the spans of a text, the
    pairs of a ranking.
    """

    name: str
    title: str
    template: str
    settings: Mapping[str, Any]
    """Keys that its definition has beside everybody's, with their defaults."""
    lists_options: bool
    """Whether a definition lists its options; a rating makes them from its scale."""
    exclusive: bool
    """Whether exactly one key holds, so that a distribution sums to 1."""

    shape: Shape
    shuffled: bool
    """Whether each person is shown the options in an order of their own, so that places favour none."""

    def complete(self, question: Question, fields: Sequence[Mapping[str, str]] | None) -> Question:
        """The question with its defaults filled in, or InvalidQuestion.

        `fields`: the project's, where the definition is new; None for one that was stored and is complete.
        """

    def clean(self, question: Question, raw: object, fields: Fields) -> Answer:
        """The canonical answer to the question about this item, or InvalidAnswer."""

    def read(self, question: Question, posted: Sequence[str]) -> object | None:
        """What a form posted under the question's name as a raw answer for `clean`; None where nothing was answered."""

    def keys(self, question: Question, answer: Answer) -> tuple[str, ...]:
        """The options (or labels) in an answer: what conditions, filters and counts go by; empty for free text."""

    def distance(self, question: Question, first: Answer, second: Answer) -> float:
        """0 exactly where two answers are the same, 1 where they are as far apart as can be (Krippendorff's δ)."""

    def vote(self, question: Question, answer: Answer, distribution: Mapping[str, float] | None) -> Distribution:
        """One annotation as shares of keys; a person's answer gives each key that it has 1."""

    def aggregate(
        self, question: Question, votes: Sequence[tuple[Distribution, float]], fields: Fields = NO_FIELDS
    ) -> Fused:
        """Weighted votes on this item → one answer. At least one vote."""

    def is_key(self, question: Question, key: str) -> bool:
        """Whether a distribution may have this key."""

    def alternatives(self, question: Question, key: str) -> tuple[str, ...]:
        """The keys of which exactly one holds, `key` among them; `key` alone where it holds or does not."""

    def option_of(self, question: Question, key: str) -> str:
        """The option that a key speaks of; empty where it speaks of several, or of none."""

    def replaced(self, answer: Answer, successors: Mapping[str, str]) -> Answer:
        """The stored answer with options renamed or merged; what has no successor stays."""

    def replaced_key(self, key: str, successors: Mapping[str, str]) -> str:
        """The same for a key of a distribution."""

    def holding(self, option: str) -> Any:
        """JSON that the stored answers with this option contain, as PostgreSQL's `@>` understands it."""

    def prompt(self, question: Question) -> str:
        """How a language model is asked."""

    def reply_schema(self, question: Question) -> dict[str, Any]:
        """JSON schema of a model's reply."""

    def parse(self, question: Question, reply: str, fields: Fields) -> Answer:
        """A model's reply as an answer; InvalidAnswer where it does not fit exactly. Never a guess."""

    def reply(self, question: Question, answer: Answer) -> str:
        """The reply that `parse` reads as this answer: what a model is shown as an example."""

    def columns(self, question: Question, answer: Answer) -> dict[str, str]:
        """The answer as flat columns."""

    def display(self, question: Question, answer: Answer) -> str:
        """The answer as a person reads it."""

    def key_title(self, question: Question, key: str, fields: Fields = NO_FIELDS) -> str:
        """A key of a distribution as a person reads it; `fields` where the item is at hand."""
