"""How a prompt becomes the body of a chat completion: as much of the protocol as the endpoint understands."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .base import Prompt, Sampling, Schema

# Marks by which chat templates tell turns apart: ChatML and Llama 3, Gemma, Llama 2 and Mistral, DeepSeek.
TURN_MARK = re.compile(
    r"<(?=[|｜])|<(?=/?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn)>)|\[(?=/?(?:INST|SYSTEM_PROMPT)\])"
)


# As many as most servers allow.
TOP_LOGPROBS = 20


@dataclass(frozen=True, slots=True)
class Manner:
    """Which parts of the protocol a request uses."""

    schema: bool
    """`response_format` with a JSON schema; otherwise the schema is put into words."""
    logprobs: bool
    classic: bool = True
    """`temperature` and `max_tokens`, which some reasoning models refuse."""


# From the one that says most to the one that everybody understands.
MANNERS = (
    Manner(schema=True, logprobs=True),
    Manner(schema=True, logprobs=False),
    Manner(schema=False, logprobs=True),
    Manner(schema=False, logprobs=False),
    Manner(schema=True, logprobs=False, classic=False),
    Manner(schema=False, logprobs=False, classic=False),
)


GREEDY = Sampling(temperature=0.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants of a reply. `confidence`: how probable it is, too."""

    schema: Schema | None
    max_tokens: int
    sampling: Sampling
    confidence: bool


def body_of(prompt: Prompt, wanted: Wanted, manner: Manner, model: str) -> dict[str, Any]:
    """The request. One message, because not every chat template knows a system's turn."""
    schema = wanted.schema
    words = prompt.instructions + harmless(prompt.text) + prompt.cue
    if prompt.lead:
        words += f"\n\n{prompt.lead}"
    if schema is not None and not manner.schema:
        words += f"\n\nReply with JSON alone, which follows this schema: {json.dumps(schema, ensure_ascii=False)}"
    body: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": words}]}
    if schema is not None and manner.schema:
        described = {"name": "reply", "strict": True, "schema": dict(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": described}
    if schema is not None and manner.logprobs:
        body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
    if not manner.classic:
        return body | {"max_completion_tokens": wanted.max_tokens}
    seed = {"seed": wanted.sampling.seed} if wanted.sampling.temperature else {}
    return body | {"max_tokens": wanted.max_tokens, "temperature": wanted.sampling.temperature, **seed}


def options_of(schema: Schema | None) -> list[str]:
    """What a schema allows the answer to be, where it lists that."""
    properties = schema.get("properties", {}) if schema is not None else {}
    listed = properties.get("answer", {}).get("enum", [])
    return listed if all(isinstance(each, str) for each in listed) else []


def harmless(text: str) -> str:
    """The text with every mark that could pose as a turn of the conversation made harmless."""
    return TURN_MARK.sub(lambda mark: "‹" if mark.group() == "<" else "⁅", text)
