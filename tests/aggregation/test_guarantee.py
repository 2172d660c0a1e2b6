"""The Clopper–Pearson bound against the tail that defines it, and what thresholds chosen with it are worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb
from typing import Any

import numpy as np
import pytest

from annotation.aggregation.guarantee import (
    LOOKS,
    answers_needed,
    choose_threshold,
    choose_thresholds,
    clopper_pearson_lower,
)


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


# How often a labeler that says `confidence` is right.
LABELERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "honest": lambda confidence: confidence,
    "overconfident": lambda confidence: 0.5 + 0.93 * (confidence - 0.5),
    "surer where worse": lambda confidence: 1.02 - 0.08 * confidence,
    "always just short": lambda confidence: np.full_like(confidence, 0.9495),
}
SEEDS = 200


def audits(labeler: str, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    confidence = 0.5 + 0.5 * chance.beta(4, 1, count)
    return confidence, chance.random(count) < LABELERS[labeler](confidence)


def share_that_misses(labeler: str, thresholds: Sequence[float | None]) -> float:
    """How many of `thresholds` accept what is wrong too often, by half a million answers; None accepts nothing."""
    confidence = -np.sort(-audits(labeler, 500_000, 0)[0])
    accuracy = np.cumsum(LABELERS[labeler](confidence)) / np.arange(1, len(confidence) + 1)
    accepted = np.searchsorted(-confidence, [-at for at in thresholds if at is not None], side="right")
    return float((accuracy[np.maximum(accepted, 1) - 1] < 0.95).sum()) / len(thresholds)


def naive(confidence: np.ndarray, right: np.ndarray) -> float | None:
    order = np.argsort(-confidence)
    enough = np.flatnonzero(np.cumsum(right[order]) >= 0.95 * np.arange(1, len(order) + 1))
    return float(confidence[order][enough[-1]]) if len(enough) else None


@pytest.mark.parametrize("labeler", LABELERS)
def test_what_is_accepted_misses_its_target_in_at_most_5_of_100_runs(labeler: str) -> None:
    """And a threshold that is chosen with no regard to chance misses it in most: these are labelers to fail on."""
    runs = [audits(labeler, 600, seed) for seed in range(1, SEEDS + 1)]
    found = [choose_threshold(*run, target=0.95, looks=1).threshold for run in runs]
    assert share_that_misses(labeler, found) <= 0.05
    assert share_that_misses(labeler, [naive(*run) for run in runs]) >= 0.3


def test_no_licence_that_was_ever_given_as_audits_arrived_misses_in_more_than_5_of_100_runs() -> None:
    """A lead looks after every batch and stops when there is a licence: the worst that looking can do."""
    missed = 0
    for seed in range(SEEDS):
        confidence, right = audits("always just short", 1_600, seed)
        given = {
            choose_threshold(confidence[:seen], right[:seen], target=0.95).threshold for seen in range(100, 1_601, 300)
        }
        missed += given != {None}
    assert missed <= 0.05 * SEEDS


def test_a_labeler_that_deserves_it_gets_a_licence_and_a_low_threshold() -> None:
    chance = np.random.default_rng(3)
    confidence = chance.random(800)
    right = chance.random(800) < np.where(confidence > 0.3, 0.995, 0.6)
    licence = choose_threshold(confidence, right, target=0.95)
    assert licence.threshold is not None
    assert 0.25 < licence.threshold < 0.5
    assert licence.bound >= 0.95
    assert licence.audits == 792
    assert licence.accepted == (confidence[:792] >= licence.threshold).sum()
    assert licence.accepted_right == right[:792][confidence[:792] >= licence.threshold].sum()


def test_between_two_looks_nothing_changes_and_the_first_takes_as_many_as_could_prove_it() -> None:
    needed = answers_needed(0.95, 0.05 / LOOKS)
    assert clopper_pearson_lower(needed, needed, 1 - 0.05 / LOOKS) >= 0.95
    assert clopper_pearson_lower(needed - 1, needed - 1, 1 - 0.05 / LOOKS) < 0.95
    sure = [0.9] * 3 * needed
    early = choose_threshold(sure[: needed - 1], [True] * (needed - 1), target=0.95)
    assert (early.threshold, early.looks, early.next_look) == (None, 0, needed)
    assert str(needed) in early.reason
    first = choose_threshold(sure[:needed], [True] * needed, target=0.95)
    assert (first.threshold, first.looks, first.next_look) == (0.9, 1, 2 * needed)
    wrong_since = [True] * needed + [False] * (needed - 1)
    assert choose_threshold(sure[: len(wrong_since)], wrong_since, target=0.95) == first
    second = choose_threshold(sure[: 2 * needed], [*wrong_since, False], target=0.95)
    assert (second.threshold, second.looks) == (None, 2), "revoked where it no longer holds"
    assert second.reason


def test_a_grid_is_kept_to_and_what_no_audit_reaches_is_not_licensed() -> None:
    confidence = np.linspace(0, 1, 400)
    right = np.ones(400, bool)
    licence = choose_threshold(confidence, right, target=0.9, grid=[0.2, 0.5, 0.8], looks=1)
    assert licence.threshold == 0.2
    nobody = choose_threshold(confidence / 2, right, target=0.9, grid=[0.9])
    assert nobody.threshold is None
    assert nobody.reason


def test_each_class_is_proved_by_its_own_audits() -> None:
    chance = np.random.default_rng(5)
    labels = chance.choice(["cat", "dog", "emu"], 2_000, p=[0.6, 0.37, 0.03])
    right = chance.random(2_000) < np.where(labels == "dog", 0.9, 0.995)
    found = choose_thresholds(chance.random(2_000), right, labels, ["cat", "dog", "emu"], target=0.95)
    assert found["cat"].threshold is not None
    assert found["cat"].audits <= (labels == "cat").sum()
    assert found["dog"].threshold is None
    assert found["dog"].bound < 0.95
    assert "audits are needed" in found["emu"].reason


@pytest.mark.parametrize(
    "case",
    [
        {"target": 1.0},
        {"target": 0.9, "delta": 0},
        {"target": 0.9, "right": [True]},
        {"target": 0.9, "confidence": [0.5, float("nan")]},
    ],
)
def test_what_cannot_be_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        choose_threshold(**{"confidence": [0.5, 0.6], "right": [True, True], **case})
