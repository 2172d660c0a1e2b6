"""Read a chat completion: what was said, what it cost, and how probable the answer in it was."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .confidence import answer_probability, option_shares, read_tokens

BYTES_PER_TOKEN = 4
MOST_TOKENS = 10_000_000
UNREAD = "… [the rest was not read]"


@dataclass(frozen=True, slots=True)
class Completion:
    """One reply. `probability`: of its answer, None where the server offers none; `shares`: of every option's."""

    text: str
    tokens_in: int
    tokens_out: int
    probability: float | None = None
    shares: Mapping[str, float] | None = None


def read_completion(body: bytes, asked_bytes: int, options: Sequence[str] = ()) -> Completion:
    """The completion in a response's body. A body that is none becomes the text, which then is no answer either.

    `asked_bytes`: the prompt's length, from which tokens are guessed where the server does not count them. `options`:
    what the answer is one of, where it is.
    """
    try:
        document = json.loads(body)
        choice = document["choices"][0]
        message = choice["message"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return Completion(body.decode(errors="replace"), 0, 0)
    if not isinstance(message, dict) or not isinstance(choice, dict):
        return Completion(body.decode(errors="replace"), 0, 0)
    content = message.get("content")
    if content is None:
        content = message.get("refusal") or ""
    text = content if isinstance(content, str) else json.dumps(content)
    usage, tokens = document.get("usage"), read_tokens(choice.get("logprobs"))
    shares = option_shares(text, tokens, options)
    return Completion(
        text,
        _count(usage, "prompt_tokens", asked_bytes),
        _count(usage, "completion_tokens", len(text.encode(errors="replace"))),
        answer_probability(text, tokens) if shares is None else shares.get(_value(text)),
        shares,
    )


def cut_completion(start: bytes, asked_bytes: int) -> Completion:
    """A reply of which only the start was read: marked, so that it cannot pass for a whole one."""
    return Completion(
        start.decode(errors="replace") + UNREAD, asked_bytes // BYTES_PER_TOKEN, len(start) // BYTES_PER_TOKEN
    )


def most_consistent(completions: Sequence[Completion]) -> tuple[str, float]:
    """The reply whose answer was given most often, and its share; of equals the one that came first.

    Self-consistency: Wang et al. 2023, arXiv:2203.11171.
    """
    values = [_value(completion.text) for completion in completions]
    counts = Counter(values)
    winner = max(range(len(values)), key=lambda position: counts[values[position]])
    return completions[winner].text, counts[values[winner]] / len(values)


def _value(text: str) -> str:
    """What two replies must share to say the same: a string as it is, anything else as sorted JSON."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()
    value = document.get("answer", document) if isinstance(document, dict) else document
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _count(usage: Any, name: str, length: int) -> int:
    counted = usage.get(name) if isinstance(usage, dict) else None
    if isinstance(counted, int) and not isinstance(counted, bool) and 0 <= counted <= MOST_TOKENS:
        return counted
    return math.ceil(length / BYTES_PER_TOKEN)
