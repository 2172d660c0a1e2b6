"""What every model back end can do, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Schema = Mapping[str, Any]


class ModelError(Exception):
    """A model gave no reply. `retryable` says whether the same call may succeed later."""

    retryable: bool = False


class Retryable(ModelError):
    """Timeout, overload, outage. `retry_after`: seconds the back end asked us to wait, where it did."""

    retryable = True

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(ModelError):
    """Refused, misconfigured, or too long for the model's context: asking again changes nothing."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a model, in the order in which the model reads it.

    `text` comes from strangers; back ends see to it that nothing in it can pose as a turn of the conversation.
    """

    instructions: str
    """Trusted. Prompts with equal instructions share their computation, so what is common belongs here."""
    text: str = ""
    """Untrusted, and cut where it is longer than the back end's limit."""
    cue: str = ""
    """Trusted words after the text; paid for once per prompt, so short."""
    lead: str = ""
    """How the model's reply begins."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote. `confidence`: the probability of its answer, where the back end offers one.

    `shares`: the probability of each value that the schema allows the answer, where the back end knows them all.
    """

    text: str
    tokens_in: int
    tokens_out: int
    confidence: float | None = None
    shares: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Replies drawn instead of the likeliest one; the same seed, the same replies to the same call."""

    temperature: float = 0.7
    """0 is the likeliest reply again."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Scores:
    """How likely each option is as the reply to each prompt."""

    logprobs: np.ndarray
    """[n prompts, k options] natural logarithms, not normalised over the options."""
    tokens: np.ndarray
    """[n] tokens the model read per prompt, the shared instructions left out."""
    read: np.ndarray
    """[n] share of the prompt's text that was read: 1.0, or less where it was cut."""


class LanguageModel(Protocol):
    """The contract of one back end."""

    digest: str
    """Changes whenever the same prompt may be answered differently: other weights, other settings."""
    scores_options: bool
    """Whether `choose` works; otherwise ask with `generate` and parse."""

    def choose(self, prompts: Sequence[Prompt], options: Sequence[str]) -> Scores:
        """Exact log-probability of each option as continuation of each prompt's lead. Raises ModelError."""

    def generate(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: Schema | None = None,
        max_tokens: int = 256,
        sampling: Sampling | None = None,
    ) -> list[Reply | ModelError]:
        """One reply per prompt, in order; a prompt that failed alone yields its error, a failed batch raises it.

        `schema`: the JSON schema a reply should follow. Not every back end can enforce it: parse strictly.
        `sampling`: without it the likeliest reply.
        """

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """[n, d] unit vectors."""
