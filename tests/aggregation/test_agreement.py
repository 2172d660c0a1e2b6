"""Krippendorff's α against published and hand-computed values, and against its definition."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

import pytest

from annotation.aggregation.agreement import alpha

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), example C: nominal data, missing values, α = 0.743.
TEXTBOOK = [
    "111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"
]  # fmt: skip


def nominal(first: str, second: str) -> float:
    return float(first != second)


def by_definition(units: Sequence[Sequence[str]]) -> float:
    """1 − observed / expected disagreement, pair by pair, with no counting tricks."""
    units = [unit for unit in units if len(unit) > 1]
    everything = [vote for unit in units for vote in unit]
    observed = sum(
        2 / (len(unit) - 1) * sum(first != second for first, second in combinations(unit, 2)) for unit in units
    ) / len(everything)
    pairs = len(everything) * (len(everything) - 1)
    expected = 2 * sum(first != second for first, second in combinations(everything, 2)) / pairs
    return 1 - observed / expected


def test_the_textbook_example_comes_out_as_printed() -> None:
    agreement = alpha(TEXTBOOK, nominal)
    assert agreement.alpha == pytest.approx(0.743, abs=5e-4)
    assert agreement.items == 11


@pytest.mark.parametrize(
    ("units", "expected", "raw"),
    [
        # Two annotators, two items: observed ½, expected 2·(2·2)/(4·3) = ⅔, so α = 1 − ½/⅔.
        # aa, ab: three a, one b: observed ½, expected 2·3/12 = ½.
        (["aa", "ab"], 0.0, 0.5),
        (["aa", "bb"], 1.0, 1.0),
        # ab, ba: observed 1, expected ⅔.
        (["ab", "ba"], -0.5, 0.0),
        # Units of one vote carry no pairs.
        (["aa", "bb", "a", "b", ""], 1.0, 1.0),
    ],
)
def test_small_examples_worked_by_hand(units: list[str], expected: float, raw: float) -> None:
    agreement = alpha(units, nominal)
    assert agreement.alpha == pytest.approx(expected)
    assert agreement.raw == pytest.approx(raw)


def test_alpha_is_its_definition_on_random_votes() -> None:
    chance = random.Random(7)
    for _ in range(50):
        units = ["".join(chance.choices("abcd", weights=(8, 4, 2, 1), k=chance.randint(0, 5))) for _ in range(30)]
        assert alpha(units, nominal).alpha == pytest.approx(by_definition(units))


def test_what_is_undefined_says_why() -> None:
    assert alpha([], nominal).undefined
    assert alpha(["a", "b"], nominal).undefined
    same = alpha(["aa", "aa"], nominal)
    assert same.alpha is None
    assert same.raw == 1.0
    assert same.undefined
