"""The Clopper–Pearson bound against the binomial tail it is defined by."""

from __future__ import annotations

from math import comb

import pytest

from annotation.aggregation.guarantee import clopper_pearson_lower


def tail(successes: int, trials: int, p: float) -> float:
    """P(X ≥ successes) for X ~ Binomial(trials, p)."""
    return sum(comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(successes, trials + 1))


@pytest.mark.parametrize("trials", [1, 2, 5, 20, 59, 100])
def test_at_the_bound_so_many_successes_are_as_likely_as_the_risk(trials: int) -> None:
    for successes in range(1, trials + 1):
        assert tail(successes, trials, clopper_pearson_lower(successes, trials)) == pytest.approx(0.05, rel=1e-6)


def test_the_bound_covers_the_truth_in_95_of_100_worlds() -> None:
    """Exactly, by summing over every outcome: the chance that the bound exceeds the truth is at most 5 %."""
    for truth in (0.5, 0.8, 0.95, 0.99):
        for trials in (10, 60, 200):
            wrong = sum(
                comb(trials, k) * truth**k * (1 - truth) ** (trials - k)
                for k in range(trials + 1)
                if clopper_pearson_lower(k, trials) > truth
            )
            assert wrong <= 0.05


def test_no_evidence_licenses_nothing() -> None:
    assert clopper_pearson_lower(0, 0) == 0.0
    assert clopper_pearson_lower(0, 50) == 0.0


def test_59_of_59_prove_95_percent_and_58_of_58_do_not() -> None:
    assert clopper_pearson_lower(59, 59) >= 0.95
    assert clopper_pearson_lower(58, 58) < 0.95


@pytest.mark.parametrize("case", [(2, 1), (-1, 3)])
def test_impossible_counts_are_refused(case: tuple[int, int]) -> None:
    with pytest.raises(ValueError):
        clopper_pearson_lower(*case)
