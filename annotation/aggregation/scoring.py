"""How good a model is, measured on items that people answered without seeing what it said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import numpy as np
import scipy

from annotation.questions import Answer, Answers, Distribution, Question, type_of

from .majority import majority

BINS = 15
# The chance of fewer would be taken for a fault of the model: with less than 300 cases there are fewer bins.
LEAST_IN_BIN = 20
# A picture with fewer points is read more easily.
DRAWN, LEAST_DRAWN = 10, 30


@dataclass(frozen=True, slots=True)
class Case:
    """One item: what people say, what the model says, and how sure the model is of all of it.

    `people`, `model`: the option; of an answer in parts or in words, JSON of the whole. `distance` is 0 where both say
    the same, else at most 1; `parts` are the keys that people and the model hold.
    """

    item: int
    people: str
    model: str
    confidence: float
    distance: float = field(default=1.0, compare=False)
    parts: tuple[frozenset[str], frozenset[str]] = field(default=(frozenset(), frozenset()), compare=False)

    @property
    def right(self) -> bool:
        return self.people == self.model


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of similar confidence: their mean confidence, the share that was right, how many they are."""

    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True, slots=True)
class Sureness:
    """How far confidence can be trusted. `auroc` is None where all are right, or none.

    `ece`: the mean distance between confidence and share right. `brier`: the mean squared distance between confidence
    and being right. `auroc`: how often a right answer is surer than a wrong one. `aurc`: the mean error of the surest
    answers, over all shares of them; lower is better.
    """

    ece: float
    brier: float
    auroc: float | None
    aurc: float

    def as_json(self) -> dict[str, float | None]:
        return {name: None if value is None else round(value, 6) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One option: of what the model called so, and of what people call so, the share that both do; and both in one."""

    precision: float | None
    recall: float | None
    f1: float | None
    people: int


def case_of(
    question: Question, item: int, people: Iterable[Answers], answers: Answers, distribution: Mapping[str, Distribution]
) -> Case | None:
    """None where people did not answer this question, have no majority on it, or the model did not answer it.

    An item is one case, however many people answered it. A vote without probabilities counts as wholly sure; of an
    answer in parts the model is as sure as of the least sure part.
    """
    said = [answer[question.name] for answer in people if question.name in answer]
    if not said or question.name not in answers:
        return None
    kind = type_of(question)
    agreed = majority(question, [(kind.vote(question, answer, None), 1.0) for answer in said])
    if agreed.posterior <= 0.5:
        return None
    answer = answers[question.name]
    # What a majority amounts to need not quote the item, so only keys and distances are compared.
    theirs, its = (_parts(question, each) for each in (agreed.value, answer))
    distance = kind.distance(question, agreed.value, answer)
    shares = kind.vote(question, answer, distribution.get(question.name))
    sure = kind.aggregate(question, [(shares, 1.0)]).posterior
    people_say, model_says = (_spelled(question, parts) for parts in (theirs, its))
    return Case(item, people_say, model_says, sure, distance, (theirs, its))


def _parts(question: Question, answer: Answer) -> frozenset[str]:
    return frozenset(type_of(question).vote(question, answer, None))


def _spelled(question: Question, parts: frozenset[str]) -> str:
    if type_of(question).exclusive:
        return next(iter(parts))
    return json.dumps(sorted(parts), ensure_ascii=False)


def sureness(confidence: np.ndarray, right: np.ndarray) -> Sureness:
    """[n] confidences and [n] whether they were right, n ≥ 1."""
    hits = np.asarray(right, float)
    return Sureness(
        ece=expected_calibration_error(confidence, right),
        brier=float(np.mean((confidence - hits) ** 2)),
        auroc=auroc(confidence, right),
        aurc=area_under_risk_coverage(confidence, right),
    )


def reliability(confidence: np.ndarray, right: np.ndarray, *, bins: int = BINS, least: int = LEAST_IN_BIN) -> list[Bin]:
    """At most so many bins of equal mass, in order of confidence (Nguyen & O'Connor 2015).

    Equal confidences share a bin. No more bins than leave `least` cases in each.
    """
    order = np.argsort(confidence, kind="stable")
    ordered, hits = np.asarray(confidence, float)[order], np.asarray(right, float)[order]
    count = len(ordered)
    wanted = max(1, min(bins, count // least))
    starts = [round(count * number / wanted) for number in range(wanted)]
    # A bin begins where its confidence does, so that a bin of one's own is no matter of chance.
    edges = sorted({int(np.searchsorted(ordered, ordered[start], side="left")) for start in starts})
    return [
        Bin(float(ordered[start:end].mean()), float(hits[start:end].mean()), int(end - start))
        for start, end in zip(edges, [*edges[1:], count], strict=True)
    ]


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Σ nᵦ/n · |mean confidence − share right| over the bins of `reliability` (Naeini, Cooper & Hauskrecht 2015)."""
    bins = reliability(confidence, right)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / len(confidence)


def auroc(confidence: np.ndarray, right: np.ndarray) -> float | None:
    """The chance that a right answer has the higher confidence, a tie counting half (Mann & Whitney 1947)."""
    hits = np.asarray(right, bool)
    positives, negatives = int(hits.sum()), int((~hits).sum())
    if not positives or not negatives:
        return None
    ranks = float(scipy.stats.rankdata(confidence)[hits].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def area_under_risk_coverage(confidence: np.ndarray, right: np.ndarray) -> float:
    """The mean over i of the error rate of the i surest answers (Geifman & El-Yaniv 2017).

    Answers of equal confidence come in no order: each counts with their mean error.
    """
    _, groups, counts = np.unique(-np.asarray(confidence, float), return_inverse=True, return_counts=True)
    errors = np.bincount(groups, weights=1.0 - np.asarray(right, float)) / counts
    ordered = np.repeat(errors, counts)
    return float(np.mean(np.cumsum(ordered) / np.arange(1, len(ordered) + 1)))


def wilson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of a proportion (Wilson 1927); (0, 1) when nothing was tried."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes in {trials} trials")
    if not trials:
        return 0.0, 1.0
    z = two_sided(confidence)
    share, spread = successes / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * float(np.sqrt(share * (1 - share) / trials + spread / (4 * trials)))
    return max(0.0, centre - half), min(1.0, centre + half)


@cache
def two_sided(confidence: float) -> float:
    """The normal quantile of an interval that covers so much."""
    # Asked for by every row of a table, and a tenth of a millisecond each time.
    return float(scipy.stats.norm.ppf((1 + confidence) / 2))


def confusion(cases: Iterable[Case]) -> Counter[tuple[str, str]]:
    """(what people say, what the model says) → how many items."""
    return Counter((case.people, case.model) for case in cases)


def cohen_kappa(matrix: Mapping[tuple[str, str], int]) -> float | None:
    """Agreement beyond chance (Cohen 1960); None where chance alone would agree on everything, or nothing is known."""
    total = sum(matrix.values())
    if not total:
        return None
    rows, columns = _margins(matrix)
    observed = sum(count for (people, model), count in matrix.items() if people == model) / total
    expected = sum(rows[label] * columns[label] for label in rows) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def class_scores(matrix: Mapping[tuple[str, str], int], options: Sequence[str]) -> dict[str, ClassScore]:
    """Per option; None where there is nothing to divide by."""
    rows, columns = _margins(matrix)
    scores = {}
    for option in options:
        scores[option] = _class_score(matrix.get((option, option), 0), rows[option], columns[option])
    return scores


def _class_score(both: int, people: int, model: int) -> ClassScore:
    return ClassScore(
        precision=both / model if model else None,
        recall=both / people if people else None,
        f1=2 * both / (people + model) if people + model else None,
        people=people,
    )


def closeness(cases: Sequence[Case]) -> float | None:
    """The mean of 1 less the distance between what people and the model say; None without a case."""
    return sum(1 - case.distance for case in cases) / len(cases) if cases else None


def part_scores(question: Question, cases: Sequence[Case]) -> tuple[dict[str, ClassScore], float | None]:
    """Per option, and over all parts (micro-F1): of what the model holds, and of what people hold, the share that both
    do. For answers in parts, such as sets of options or spans, which count where they are exactly the same."""
    option_of = type_of(question).option_of
    people, model, both = (
        Counter(option_of(question, key) for case in cases for key in pick(*case.parts))
        for pick in (lambda a, b: a, lambda a, b: b, lambda a, b: a & b)
    )
    scores = {value: _class_score(both[value], people[value], model[value]) for value in question.values}
    return scores, _class_score(both.total(), people.total(), model.total()).f1


def as_arrays(cases: Sequence[Case]) -> tuple[np.ndarray, np.ndarray]:
    """([n] confidence, [n] right)."""
    return np.array([case.confidence for case in cases]), np.array([case.right for case in cases], bool)


def measured(confidence: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    """As JSON: `sureness`, and the `bins` of a reliability diagram, at most 10 of them."""
    drawn = reliability(confidence, right, bins=DRAWN, least=LEAST_DRAWN)
    return {**sureness(confidence, right).as_json(), "bins": [asdict(each) for each in drawn]}


def _margins(matrix: Mapping[tuple[str, str], int]) -> tuple[Counter[str], Counter[str]]:
    rows: Counter[str] = Counter()
    columns: Counter[str] = Counter()
    for (people, model), count in matrix.items():
        rows[people] += count
        columns[model] += count
    return rows, columns
