"""May a model stand in for a person? The alternative-annotator test (Calderon, Reichart & Dror, ACL 2025)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
import scipy

# ε, how much worse than a person a model may be for being cheaper: the dearer the people, the more (their §3.3).
EPSILON = {"expert": 0.2, "skilled": 0.15, "crowd": 0.1}
# Fewer people give no group to be near to, fewer items no normal mean.
LEAST_PEOPLE = 3
LEAST_ITEMS = 30
# ω from which on the model wins against enough people.
PASSING = 0.5
# Two scores that differ by less are the same: they were added in another order.
SAME = 1e-9

Score = Callable[[Any, Sequence[Any]], float]


@dataclass(frozen=True, slots=True)
class Contest:
    """The model against one person, before all others who answered the same items.

    `model_share`, `person_share`: ρᶠ and ρʰ, on which share of `items` the one was at least as near to the others as
    the other was. `p_value`: of “the model is worse by ε or more”. `won`: that was rejected.
    """

    annotator: str
    items: int
    model_share: float
    person_share: float
    statistic: float
    p_value: float
    won: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """`omega`: the share of people whom the model beats, `passed` from ½ on. `rho`: the average advantage probability,
    by which models are compared. All three are None where the test cannot be made, and `reason` then says why.

    `left_out`: {person: items} of those with too few items to be compared.
    """

    omega: float | None
    rho: float | None
    passed: bool | None
    contests: tuple[Contest, ...]
    left_out: Mapping[str, int]
    reason: str = ""


def matching(answer: Any, others: Sequence[Any]) -> float:
    """The share of others with the same answer: for classes."""
    return sum(answer == other for other in others) / len(others)


def negative_rmse(answer: float, others: Sequence[float]) -> float:
    """For numbers."""
    return -sqrt(sum((answer - other) ** 2 for other in others) / len(others))


def nearness(distance: Callable[[Any, Any], float]) -> Score:
    """1 less the mean distance to the others, for a question type's own distance (0: the same, 1: far apart)."""

    def score(answer: Any, others: Sequence[Any]) -> float:
        return 1 - sum(distance(answer, other) for other in others) / len(others)

    return score


def alternative_annotator_test(
    people: Mapping[str, Mapping[Hashable, Any]],
    model: Mapping[Hashable, Any],
    *,
    score: Score = matching,
    epsilon: float = EPSILON["expert"],
    q: float = 0.05,
) -> Verdict:
    """Each person is left out in turn: who is nearer to the remaining people, the model or the person?

    `people`: {person: {item: answer}}. `model`: {item: answer}. Items count that the model and at least two people
    answered. On item i, Wᶠ is 1 where the model's score is at least the person's, and Wʰ where the person's is at least
    the model's. A one-sided paired t-test asks whether ρᶠ > ρʰ − ε, i.e. whether the mean of Wʰ − Wᶠ is below ε; over
    the people, false discoveries are held to `q` (Benjamini & Yekutieli 2001: the tests share items).
    """
    given: dict[Hashable, dict[str, Any]] = defaultdict(dict)
    for person, answers in people.items():
        for item, answer in answers.items():
            if item in model:
                given[item][person] = answer
    won: dict[str, list[tuple[bool, bool]]] = {person: [] for person in people}
    for item, of_people in given.items():
        if len(of_people) < 2:
            continue
        for person, answer in of_people.items():
            others = [each for other, each in of_people.items() if other != person]
            ahead = score(model[item], others) - score(answer, others)
            won[person].append((ahead >= -SAME, ahead <= SAME))
    left_out = {person: len(pairs) for person, pairs in won.items() if len(pairs) < LEAST_ITEMS}
    compared = {person: np.array(pairs) for person, pairs in won.items() if person not in left_out}
    if len(compared) < LEAST_PEOPLE:
        reason = (
            f"The test takes {LEAST_PEOPLE} people with {LEAST_ITEMS} items each that the model and somebody else "
            f"answered too; {len(compared)} have as many."
        )
        return Verdict(None, None, None, (), left_out, reason)
    tests = {person: _behind_by_less(pairs, epsilon) for person, pairs in compared.items()}
    adjusted = scipy.stats.false_discovery_control([p_value for _, p_value in tests.values()], method="by")
    contests = tuple(
        Contest(
            annotator=person,
            items=len(pairs),
            model_share=float(pairs[:, 0].mean()),
            person_share=float(pairs[:, 1].mean()),
            statistic=tests[person][0],
            p_value=tests[person][1],
            won=bool(corrected <= q),
        )
        for (person, pairs), corrected in zip(compared.items(), adjusted, strict=True)
    )
    omega = sum(contest.won for contest in contests) / len(contests)
    rho = sum(contest.model_share for contest in contests) / len(contests)
    return Verdict(omega, rho, omega >= PASSING, contests, left_out)


def _behind_by_less(pairs: np.ndarray, epsilon: float) -> tuple[float, float]:
    """(t, p) of the model being behind the person by less than ε; `pairs`: bool [items, (Wᶠ, Wʰ)]."""
    behind = pairs[:, 1].astype(float) - pairs[:, 0]
    if (behind == behind[0]).all():
        # No variance to test with: the same on every item.
        return (-inf, 0.0) if behind[0] < epsilon else (inf, 1.0)
    found = scipy.stats.ttest_1samp(behind, epsilon, alternative="less")
    return float(found.statistic), float(found.pvalue)
