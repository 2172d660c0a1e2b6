"""Answers to one question about one text: one of them, none, or several that become one."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from annotation.questions import Answer, Distribution, Fields, Question, type_of

from .base import RAW_CHARACTERS


@dataclass(frozen=True, slots=True)
class Ballot:
    """A valid answer to one question about one text."""

    answer: Answer
    distribution: Distribution
    confidence: float
    """How sure it is of the whole answer."""
    raw_reply: str
    tokens: int
    read: float = 1.0
    entropy: float | None = None
    """Of the votes of several wordings, in nats; None where the question was put once."""
    reason: str = ""
    """Why, in the model's words, where it was asked for that."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """No valid answer, and why."""

    reason: str
    raw_reply: str = ""
    retryable: bool = False
    tokens: int = 0
    retry_after: float | None = None


def spread(question: Question, answer: Answer, sure: float) -> Distribution:
    """The distribution of somebody who gave this answer and is so sure of all of it: what it holds has that much, what
    could hold in its place shares the rest."""
    kind = type_of(question)
    shares = {value: 1 - sure for value in question.values if kind.is_key(question, value)}
    for key in kind.vote(question, answer, None):
        others = [each for each in kind.alternatives(question, key) if each != key]
        shares |= dict.fromkeys(others, (1 - sure) / max(1, len(others)))
        shares[key] = sure
    return shares


def pooled(
    question: Question, names: Sequence[str], ballots: Sequence[Ballot | Spoilt], fields: Fields
) -> Ballot | Spoilt:
    """What several wordings of one question, called `names`, say of one item, which shows `fields`.

    The distribution is the mean of theirs; the entropy is that of their votes (Li et al. 2023, arXiv:2310.15638).
    More than half of them must have brought a valid answer, else there is none.
    """
    valid = [ballot for ballot in ballots if isinstance(ballot, Ballot)]
    spoilt = [ballot for ballot in ballots if isinstance(ballot, Spoilt)]
    tokens = sum(ballot.tokens for ballot in ballots)
    if 2 * len(valid) <= len(ballots):
        first = spoilt[0]
        waits = [ballot.retry_after for ballot in spoilt if ballot.retry_after is not None]
        raw = _record(names, ballots, None)
        retryable = any(ballot.retryable for ballot in spoilt)
        return Spoilt(first.reason, raw, retryable, tokens, max(waits, default=None))
    fused = type_of(question).aggregate(question, [(ballot.distribution, 1.0) for ballot in valid], fields)
    entropy = vote_entropy([ballot.answer for ballot in valid])
    read = min(ballot.read for ballot in valid)
    record = _record(names, ballots, entropy)
    return Ballot(fused.answer, fused.distribution, fused.posterior, record, tokens, read, entropy)


def vote_entropy(votes: Sequence[Answer]) -> float:
    """−Σ pᵢ ln pᵢ over the shares of the votes, in nats: 0 where all are the same, ln k where k tie."""
    counts = Counter(json.dumps(vote, sort_keys=True) for vote in votes)
    return sum(-share * math.log(share) for share in (count / len(votes) for count in counts.values()))


def _record(names: Sequence[str], ballots: Sequence[Ballot | Spoilt], entropy: float | None) -> str:
    """Each wording's vote with what the model said to it, as JSON."""
    room = RAW_CHARACTERS // max(1, len(ballots))
    said = [
        {"wording": name, "vote": ballot.answer if isinstance(ballot, Ballot) else None}
        | ({"reason": ballot.reason} if isinstance(ballot, Spoilt) else {})
        | {"reply": shortened(ballot.raw_reply, room)}
        for name, ballot in zip(names, ballots, strict=True)
    ]
    return json.dumps({"vote_entropy": entropy, "wordings": said}, ensure_ascii=False)


def shortened(reply: str, characters: int = RAW_CHARACTERS) -> str:
    """PostgreSQL text takes no NUL, and ten megabytes of reply are not worth keeping."""
    kept = reply[:characters].replace("\0", "␀")
    return kept if len(reply) <= characters else f"{kept}… [{len(reply) - characters:,} more characters]"
