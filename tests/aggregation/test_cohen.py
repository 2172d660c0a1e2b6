"""Cohen's κ against scikit-learn's, and its interval against drawing anew."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from annotation.aggregation.ballots import ballots
from annotation.aggregation.cohen import cohen

Vote = tuple[int, str, int]


def votes(seed: int) -> list[Vote]:
    chance = random.Random(seed)
    found = []
    for item in range(300):
        truth = chance.randint(1, 4)
        for who, right in (("ann", 0.9), ("bob", 0.7), ("cleo", 0.5)):
            if chance.random() < 0.8:
                found.append((item, who, truth if chance.random() < right else chance.randint(1, 4)))
    chance.shuffle(found)
    return found


def side_by_side(given: list[Vote], first: object, second: object) -> tuple[list[int], list[int]]:
    ones = {item: answer for item, who, answer in given if who == first}
    others = {item: answer for item, who, answer in given if who == second}
    common = sorted(ones.keys() & others.keys())
    return [ones[item] for item in common], [others[item] for item in common]


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_kappa_of_every_pair_equals_scikit_learns(weights: str | None) -> None:
    power = {None: 0, "linear": 1, "quadratic": 2}[weights]
    given = votes(1)
    found = cohen(ballots(given), lambda one, other: (abs(one - other) / 3) ** power if one != other else 0.0)
    assert {frozenset((each.first, each.second)) for each in found} == {
        frozenset(pair) for pair in (("ann", "bob"), ("ann", "cleo"), ("bob", "cleo"))
    }
    for each in found:
        ones, others = side_by_side(given, each.first, each.second)
        assert each.kappa == pytest.approx(cohen_kappa_score(ones, others, weights=weights))
        assert each.items == len(ones)
        chance = np.random.default_rng(2)
        drawn = [
            cohen_kappa_score(np.array(ones)[rows], np.array(others)[rows], weights=weights)
            for rows in (chance.integers(0, len(ones), len(ones)) for _ in range(60))
        ]
        assert (each.low, each.high) == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.07)


def test_what_is_undefined_says_why() -> None:
    assert cohen(ballots([(1, "ann", "x"), (2, "bob", "x")]), lambda one, other: float(one != other)) == []
    (same,) = cohen(ballots([(1, "ann", "x"), (1, "bob", "x")]), lambda one, other: float(one != other))
    assert same.kappa is None
    assert same.raw == 1
    assert same.undefined
    texts = [(item, who, f"{who} on {item}") for item in range(300) for who in ("ann", "bob")]
    (many,) = cohen(ballots(texts), lambda one, other: 0.25)
    assert many.kappa is None
    assert many.raw == 0.75
    assert many.undefined
