"""How probable an answer was, from the log-probabilities that an endpoint reports beside its reply."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a reply. `others`: what could have stood in its place, the likeliest of it, with probabilities."""

    spelling: bytes
    logprob: float
    others: Mapping[bytes, float] = field(default_factory=dict)


def read_tokens(logprobs: Any) -> list[Token]:
    """`choices[].logprobs` of a chat completion; empty where any of it is not what it should be."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    tokens = []
    for entry in content if isinstance(content, list) else []:
        read = _read(entry)
        if read is None:
            return []
        listed = entry.get("top_logprobs")
        others = [_read(each) for each in listed] if isinstance(listed, list) else []
        tokens.append(Token(*read, {each[0]: math.exp(each[1]) for each in others if each}))
    return tokens


def option_shares(text: str, tokens: Sequence[Token], options: Sequence[str]) -> dict[str, float] | None:
    """The probability of each option as the value of “answer”; they sum to 1. None where that cannot be told.

    Endpoints report what the model would have said unconstrained, also where a schema left it no choice. So at every
    token of the value the options that can still be meant share the probability of the tokens that go on with one of
    them; a token that goes on with several leaves it to the next one, or, where another was chosen, to all alike.
    """
    literals = {option: json.dumps(option, ensure_ascii=False).encode() for option in options}
    pieces = list(_pieces(text, tokens))
    if not any(token.others for token, _, _ in pieces):
        return None
    shares, alive, mass, spelled = dict.fromkeys(options, 0.0), set(options), 1.0, 0
    for token, before, inside in pieces:
        fitting = {}
        for spelling, probability in {**token.others, token.spelling: math.exp(token.logprob)}.items():
            if not spelling.startswith(before) or len(spelling) == len(before):
                continue
            goes_on = spelling[len(before) :]
            meant = {option for option in alive if _go_together(literals[option][spelled:], goes_on)}
            if meant:
                fitting[spelling] = probability, meant
        total = sum(probability for probability, _ in fitting.values())
        if token.spelling not in fitting or not total:
            return None
        for spelling, (probability, meant) in fitting.items():
            if spelling != token.spelling:
                for option in meant:
                    shares[option] += mass * probability / total / len(meant)
        probability, alive = fitting[token.spelling]
        mass *= probability / total
        spelled += len(inside)
        if len(alive) == 1:
            break
    for option in alive:
        shares[option] += mass / len(alive)
    return shares


def answer_probability(text: str, tokens: Sequence[Token]) -> float | None:
    """The product of the probabilities of the tokens that spell the answer; in free text, of all tokens.

    In a JSON object that is the value of “answer”, its quotation marks included: the closing one tells “cat” from
    “cattle”. A token that reaches over an edge of the value counts whole. None where the tokens do not spell the text.
    """
    pieces = [token for token, _, _ in _pieces(text, tokens)]
    return min(1.0, math.exp(sum(token.logprob for token in pieces))) if pieces else None


def _go_together(rest: bytes, spelling: bytes) -> bool:
    """Whether a token may be the next piece of what is left of a literal, or finish it and go on."""
    return rest.startswith(spelling) or (bool(rest) and spelling.startswith(rest))


def _pieces(text: str, tokens: Sequence[Token]) -> Iterator[tuple[Token, bytes, bytes]]:
    """(token, its bytes before the answer, its bytes within) for the tokens that overlap the answer's value."""
    # Bytes: a token may end in the middle of a character.
    offset = b"".join(token.spelling for token in tokens).find(text.encode(errors="replace"))
    if not text or offset < 0:
        return
    start, end = (len(text[:edge].encode(errors="replace")) for edge in _answer_span(text))
    position = -offset
    for token in tokens:
        after = position + len(token.spelling)
        if position < end and after > start:
            cut = max(0, start - position)
            yield token, token.spelling[:cut], token.spelling[cut : len(token.spelling) - max(0, after - end)]
        position = after


def _answer_span(text: str) -> tuple[int, int]:
    """[start, end) of the value of the key “answer”, of everything where there is none."""
    key = text.find('"answer"')
    colon = text.find(":", key)
    if key < 0 or colon < 0:
        return 0, len(text)
    start = colon + 1 + len(text[colon + 1 :]) - len(text[colon + 1 :].lstrip())
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return 0, len(text)
    return start, end


def _read(entry: Any) -> tuple[bytes, float] | None:
    token, logprob = (entry.get("token"), entry.get("logprob")) if isinstance(entry, dict) else (None, None)
    if not isinstance(token, str) or isinstance(logprob, bool) or not isinstance(logprob, int | float):
        return None
    if math.isnan(logprob) or logprob > 1e-6:
        return None
    listed = entry.get("bytes")
    if isinstance(listed, list) and all(type(byte) is int and 0 <= byte < 256 for byte in listed):
        return bytes(listed), float(logprob)
    return token.encode(errors="replace"), float(logprob)
