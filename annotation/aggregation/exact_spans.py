"""Spans by exact voting: a span counts where more than half of those who read the text marked exactly it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)

# Rounds of weighing annotators by how their spans fare.
ROUNDS = 10
SMOOTHING = 1.0


@dataclass(frozen=True, slots=True)
class Voted(Generic[S]):
    """`spans`: sorted, with the share of the votes each has. `sureness`: of the least sure decision, to keep a span or
    to leave one out, in [0.5, 1]."""

    spans: dict[S, float]
    sureness: float


def exact_spans(answers: Sequence[tuple[frozenset[S], float]]) -> Voted[S]:
    """One text's answers as (spans, weight); nobody marked what no answer holds, so empty answers count against all.

    Overlapping spans are kept where each has its majority. A tie leaves the span out.
    """
    total = sum(weight for _, weight in answers)
    counted: dict[S, float] = {}
    for spans, weight in answers:
        for span in spans:
            counted[span] = counted.get(span, 0.0) + weight
    # Rounded, so that weights added in another order do not break a tie.
    shares = {span: round(weight / total, 12) for span, weight in counted.items()} if total > 0 else {}
    kept = {span: share for span, share in sorted(shares.items()) if share > 0.5}
    sureness = min((max(share, 1 - share) for share in shares.values()), default=1.0)
    return Voted(kept, sureness)


def weigh(texts: Sequence[Sequence[tuple[int, frozenset[S]]]], annotators: int) -> list[float]:
    """[annotators] weights by F1 with what the others' exact votes keep, in rounds (as Wawa does for classes).

    `texts`: per text who marked what.
    """
    weights = [1.0] * annotators
    for _ in range(ROUNDS):
        both, marked, kept = [SMOOTHING] * annotators, [SMOOTHING] * annotators, [SMOOTHING] * annotators
        for answers in texts:
            outcome = set(exact_spans([(spans, weights[who]) for who, spans in answers]).spans)
            for who, spans in answers:
                both[who] += len(spans & outcome)
                marked[who] += len(spans)
                kept[who] += len(outcome)
        after = [2 * hit / (mine + theirs) for hit, mine, theirs in zip(both, marked, kept, strict=True)]
        if after == weights:
            break
        weights = after
    return weights
