"""What leads on an item, question by question: what its votes came to, a judge's verdict, or a reviewer's decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from annotation.models import Annotation, DecidedBy, Resolution
from annotation.models.consensus import AMBIGUOUS
from annotation.questions import Answer, Distribution, Question, type_of

from .settling import Verdict


class Leading(NamedTuple):
    """The columns of a question's `Consensus`. A plain tuple: of a large file there is one for every vote."""

    item: int
    question: str
    value: Answer
    posterior: float
    distribution: Distribution
    method: str
    votes: int
    decided_by: str


def fused(item: int, verdict: Verdict) -> Iterator[Leading]:
    decided_by = DecidedBy.PEOPLE.value if verdict.people else DecidedBy.MODEL.value
    for question, found in verdict.outcomes.items():
        yield Leading(
            item, question, found.value, found.posterior, found.distribution, found.method, found.votes, decided_by
        )


def certainty_of(ruling: Annotation | None) -> float:
    return 0.0 if ruling is None else ruling.confidence or 0.0


def ruled(item: int, questions: Sequence[Question], ruling: Annotation) -> Iterator[Leading]:
    """A judge's verdict as the label, no surer of any question than the judge was of all."""
    by_name = {question.name: question for question in questions}
    for question, value in ruling.answers.items():
        if question not in by_name:
            continue
        shares = ruling.distribution.get(question, {})
        sure = _sureness_of(by_name[question], value, shares) if shares else 1.0
        posterior = min(sure, certainty_of(ruling))
        yield Leading(item, question, value, posterior, shares, "ruling", 1, DecidedBy.JUDGE.value)


def decided(item: int, questions: Sequence[Question], resolution: Resolution) -> Iterator[Leading]:
    method = AMBIGUOUS if resolution.ambiguous else "resolution"
    by_name = {question.name: question for question in questions}
    for question, value in resolution.answers.items():
        shares = resolution.distribution.get(question, {})
        posterior = _sureness_of(by_name[question], value, shares) if shares and question in by_name else 1.0
        yield Leading(item, question, value, posterior, shares, method, 1, DecidedBy.REVIEWER.value)


def _sureness_of(question: Question, answer: Answer, shares: Mapping[str, float]) -> float:
    """How much of an ambiguous decision's distribution speaks for its leading answer, in [0, 1]."""
    kind = type_of(question)
    chosen = kind.vote(question, answer, None)
    if kind.exclusive:
        return sum(shares.get(key, 0.0) for key in chosen)
    return min((share if key in chosen else 1 - share for key, share in shares.items()), default=1.0)
