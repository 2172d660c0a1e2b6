"""What goes into a model annotator and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from annotation.questions import Answers, Distribution, Question

RAW_CHARACTERS = 20_000


class InvalidConfig(ValueError):
    """A labeler's configuration that cannot be used; the message says which key and why."""


@dataclass(frozen=True, slots=True)
class ItemText:
    """What a labeler sees of an item: field name → text, all of it untrusted."""

    id: int
    fields: Mapping[str, str]
    vector: np.ndarray | None = field(default=None, compare=False)
    """[384] the text's stored embedding, for labelers that learn; embedded anew where there is none."""


@dataclass(frozen=True, slots=True)
class Example:
    """An item that people have answered, shown to a model before it is asked about another one."""

    item: int
    fields: Mapping[str, str]
    answers: Answers
    """For the questions that it is an example of, and no others."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a labeler knows of a project. `fields`: name, type and title of what an item shows.

    `sample`: some of the project's texts, unlabelled; from eight on they calibrate a scoring model better than
    content-free words do. `examples`: what the configuration's examples are taken from. Both are part of the
    labeler's version, so choose them once.
    """

    guidelines: str
    questions: tuple[Question, ...]
    fields: tuple[dict[str, str], ...]
    sample: tuple[ItemText, ...] = ()
    examples: tuple[Example, ...] = ()
    learned: bytes = b""
    """The newest checkpoint of a labeler that learns."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A model's answers to one item."""

    item: int
    answers: Answers
    distribution: dict[str, Distribution]
    """Per question: option → probability."""
    confidence: float
    """How sure it is of a whole answer: a top option's probability, the least sure part of one in parts; the lowest one
    where several questions are asked."""
    rationale: str
    raw_reply: str
    tokens: int
    seconds: float
    entropy: dict[str, float] = field(default_factory=dict)
    """Per question that was put in several wordings: the entropy of their votes in nats, 0 where all agree."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item got no prediction. Nothing is guessed in its place; what the model said is kept."""

    item: int
    reason: str
    raw_reply: str
    retryable: bool
    tokens: int
    retry_after: float | None = None
    """Seconds to wait before asking again, where the back end said so."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One annotator's answers to a disputed item, without a name."""

    answers: Answers
    rationale: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """An item and the votes that disagree about it."""

    item: ItemText
    votes: tuple[Vote, ...]


class Labeler(Protocol):
    """A model annotator that votes on items."""

    version: str

    def label(self, items: Sequence[ItemText]) -> list[Prediction | Failure]:
        """One result per item, in order, each carrying its item's id. A model's errors are results, not raised."""


class Judge(Protocol):
    """A model annotator that rules on disputed items."""

    version: str

    def judge(self, disputes: Sequence[Dispute]) -> list[Prediction | Failure]:
        """One result per dispute, in order. A model's errors are results, not raised."""


class Kind(Protocol):
    """One way to make a labeler, as the registry lists it."""

    title: str
    description: str
    judges: bool
    learns: bool
    """Whether it trains on people's answers; its briefs carry what it `learned`."""

    def check_config(self, config: Mapping[str, Any]) -> None:
        """Raise InvalidConfig."""

    def check_questions(self, config: Mapping[str, Any], questions: Sequence[Question]) -> None:
        """Raise InvalidConfig where there is none that it can answer; it leaves out those that it cannot."""

    def build(self, config: Mapping[str, Any], brief: Brief) -> Any:
        """A Labeler, or a Judge where `judges`. Raises InvalidConfig."""
