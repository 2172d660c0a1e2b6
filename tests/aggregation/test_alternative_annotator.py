"""The alternative-annotator test against its definition, item by item, and on crowds whose answer is known."""

from __future__ import annotations

import random
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student

from annotation.aggregation.alternative_annotator import (
    alternative_annotator_test,
    matching,
    nearness,
    negative_rmse,
)

People = dict[str, dict[int, int]]


def crowd(
    seed: int, *, right: list[float], model: float, items: int = 120, share: float = 1.0
) -> tuple[People, dict[int, int]]:
    """People who are right so often on `share` of the items, and a model that answers all of them."""
    chance = random.Random(seed)
    truth = [chance.randint(1, 5) for _ in range(items)]

    def said(item: int, accuracy: float) -> int:
        return truth[item] if chance.random() < accuracy else chance.randint(1, 5)

    people = {
        f"person {number}": {item: said(item, accuracy) for item in range(items) if chance.random() < share}
        for number, accuracy in enumerate(right)
    }
    return people, {item: said(item, model) for item in range(items)}


def by_definition(people: People, model: dict[int, int], score: Any, epsilon: float, q: float) -> tuple[float, float]:
    """(ω, ρ) as the paper writes them: one person, one item, one indicator at a time."""
    p_values, advantages = [], []
    for excluded, answers in people.items():
        differences, wins = [], []
        for item, answer in answers.items():
            others = [each[item] for name, each in people.items() if name != excluded and item in each]
            if not others or item not in model:
                continue
            of_model, of_person = score(model[item], others), score(answer, others)
            wins.append(int(of_model >= of_person))
            differences.append(int(of_person >= of_model) - wins[-1])
        n, mean = len(differences), sum(differences) / len(differences)
        deviation = sqrt(sum((each - mean) ** 2 for each in differences) / (n - 1))
        p_values.append(float(student.cdf((mean - epsilon) / (deviation / sqrt(n)), n - 1)))
        advantages.append(sum(wins) / n)
    m = len(p_values)
    harmonic = sum(1 / k for k in range(1, m + 1))
    ranked = sorted(p_values)
    rejected = max((k for k in range(1, m + 1) if ranked[k - 1] <= k * q / (m * harmonic)), default=0)
    return rejected / m, sum(advantages) / m


@pytest.mark.parametrize("score", [matching, negative_rmse], ids=["accuracy", "rmse"])
@pytest.mark.parametrize("epsilon", [0.1, 0.15, 0.2])
def test_omega_and_rho_are_their_definitions(score: Any, epsilon: float) -> None:
    for seed in range(8):
        people, model = crowd(seed, right=[0.9, 0.75, 0.75, 0.6, 0.5], model=0.7, share=0.8)
        found = alternative_annotator_test(people, model, score=score, epsilon=epsilon)
        omega, rho = by_definition(people, model, score, epsilon, 0.05)
        assert (found.omega, found.rho) == pytest.approx((omega, rho))
        assert found.passed == (omega >= 0.5)


def test_a_distance_is_scored_as_its_mean() -> None:
    people, model = crowd(9, right=[0.8, 0.7, 0.6], model=0.75)
    found = alternative_annotator_test(people, model, score=nearness(lambda one, other: abs(one - other) / 4))
    wanted = by_definition(people, model, lambda answer, others: -sum(abs(answer - each) for each in others), 0.2, 0.05)
    assert (found.omega, found.rho) == pytest.approx(wanted)


def test_a_model_that_says_what_most_say_passes_and_one_that_guesses_does_not() -> None:
    people, _ = crowd(1, right=[0.8, 0.8, 0.8, 0.8], model=0)
    majority = {item: max(range(1, 6), key=[each[item] for each in people.values()].count) for item in range(120)}
    good = alternative_annotator_test(people, majority, epsilon=0.1)
    assert (good.omega, good.passed) == (1.0, True)
    assert good.rho is not None and good.rho > 0.9
    guesses = {item: random.Random(item).randint(1, 5) for item in range(120)}
    bad = alternative_annotator_test(people, guesses)
    assert (bad.omega, bad.passed) == (0.0, False)
    assert all(not contest.won and contest.p_value > 0.5 for contest in bad.contests)


def test_a_model_no_better_than_allowed_wins_by_chance_as_seldom_as_it_should() -> None:
    """At the edge of the null hypothesis, where the model is worse by ε, false wins are held to q."""
    chance = np.random.default_rng(2)
    won = runs = 0
    for _ in range(150):
        # The others agree; the person is right on all items, the model on 80 %: behind by exactly ε.
        people = {name: dict.fromkeys(range(60), 1) for name in ("ann", "bob", "cleo")}
        found = alternative_annotator_test(people, {i: int(chance.random() < 0.8) for i in range(60)}, epsilon=0.2)
        won += any(contest.won for contest in found.contests)
        runs += 1
    assert won <= 0.08 * runs


def test_who_answered_too_few_items_is_left_out_and_named() -> None:
    people, model = crowd(3, right=[0.8, 0.8, 0.8, 0.8], model=0.8)
    people["newcomer"] = dict.fromkeys(range(29), 1)
    found = alternative_annotator_test(people, model)
    assert found.left_out == {"newcomer": 29}
    assert len(found.contests) == 4
    few = alternative_annotator_test({name: people[name] for name in ("person 0", "person 1", "newcomer")}, model)
    assert (few.omega, few.rho, few.passed) == (None, None, None)
    assert "3 people" in few.reason
    unanswered = alternative_annotator_test(people, {})
    assert unanswered.passed is None


def test_people_and_a_model_that_always_agree_need_no_variance() -> None:
    people = {name: dict.fromkeys(range(40), 1) for name in ("ann", "bob", "cleo")}
    same = alternative_annotator_test(people, dict.fromkeys(range(40), 1))
    assert (same.omega, same.rho, same.passed) == (1.0, 1.0, True)
    never = alternative_annotator_test(people, dict.fromkeys(range(40), 2))
    assert (never.omega, never.rho, never.passed) == (0.0, 0.0, False)
