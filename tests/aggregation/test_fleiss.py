"""Fleiss' κ against the published example, and its definition on uneven items."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import pytest

from annotation.aggregation.ballots import ballots
from annotation.aggregation.fleiss import fleiss

# The worked example that textbooks print: 10 subjects, 14 raters, 5 classes, κ = 0.210.
EXAMPLE = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip


def test_the_textbook_example_comes_out_as_printed() -> None:
    votes = [
        (item, f"{item}-{label}-{number}", label)
        for item, counts in enumerate(EXAMPLE)
        for label, count in enumerate(counts)
        for number in range(count)
    ]
    found = fleiss(ballots(votes), replicates=500)
    assert found.alpha == pytest.approx(0.210, abs=5e-4)
    assert found.raw == pytest.approx(0.378, abs=5e-4)
    assert found.items == 10
    assert found.low is not None and found.high is not None and -0.1 < found.low < 0.210 < found.high < 0.5


def test_items_with_different_numbers_of_votes_weigh_the_same() -> None:
    chance = random.Random(1)
    units = [chance.choices("aab" if item % 2 else "bbc", k=chance.randint(1, 6)) for item in range(80)]
    found = fleiss(ballots((item, who, vote) for item, unit in enumerate(units) for who, vote in enumerate(unit)))
    pairable = [unit for unit in units if len(unit) > 1]
    agreeing = [sum(a == b for a, b in combinations(unit, 2)) / (len(unit) * (len(unit) - 1) / 2) for unit in pairable]
    counts = Counter(vote for unit in pairable for vote in unit)
    by_chance = sum((count / counts.total()) ** 2 for count in counts.values())
    observed = sum(agreeing) / len(agreeing)
    assert found.alpha == pytest.approx((observed - by_chance) / (1 - by_chance))


def test_what_is_undefined_says_why() -> None:
    assert fleiss(ballots([])).undefined
    same = fleiss(ballots([(1, "ann", "x"), (1, "bob", "x")]), replicates=10)
    assert same.alpha is None
    assert same.undefined
