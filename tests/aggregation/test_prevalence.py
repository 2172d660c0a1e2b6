"""Prediction-powered shares: as often right as they say, however few the answers, and no wider than people's alone."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from annotation.aggregation.prevalence import MADE_UP, mean, power_tuned, share, shares

REPLICATES = 2_000


def worlds(
    seed: int, n: int, rest: int, truth: float, hit: float, false: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """REPLICATES samples of n answers and predictions, and the model's share of the rest."""
    chance = np.random.default_rng(seed)
    answers = (chance.random((REPLICATES, n)) < truth).astype(float)
    predicted = (chance.random((REPLICATES, n)) < np.where(answers == 1, hit, false)).astype(float)
    return answers, predicted, chance.binomial(rest, truth * hit + (1 - truth) * false, REPLICATES) / rest


@pytest.mark.parametrize("n", [10, 30, 100])
@pytest.mark.parametrize("rest", [200, 10_000])
def test_the_interval_holds_the_truth_as_often_as_it_says(n: int, rest: int) -> None:
    """2,000 replicates each of rare and common classes, with models that are good, biased, perfect and worthless."""
    for truth in (0.02, 0.1, 0.5):
        for hit, false in ((0.99, 0.01), (0.7, 0.05), (1.0, 0.0), (0.5, 0.5)):
            answers, predicted, share = worlds(n, n, rest, truth, hit, false)
            _, low, high, _ = power_tuned(answers, predicted, share, share * (1 - share), rest, made_up=MADE_UP)
            assert np.mean((low <= truth) & (truth <= high)) >= 0.93, (truth, hit, false)


def test_the_estimate_is_unbiased_though_the_model_is_biased() -> None:
    answers, predicted, found = worlds(1, 200, 5_000, 0.3, 0.9, 0.2)
    value, _, _, _ = power_tuned(answers, predicted, found, found * (1 - found), 5_000)
    assert found.mean() == pytest.approx(0.41, abs=0.005)
    assert value.mean() == pytest.approx(0.3, abs=0.003)


def test_a_good_model_narrows_the_interval_and_a_worthless_one_does_not_widen_it() -> None:
    def widths(hit: float, false: float) -> tuple[float, float]:
        answers, predicted, found = worlds(2, 100, 5_000, 0.4, hit, false)
        _, low, high, _ = power_tuned(answers, predicted, found, found * (1 - found), 5_000)
        alone = 2 * t.ppf(0.975, 99) * answers.std(axis=1, ddof=1) / 10
        return float((high - low).mean()), float(alone.mean())

    good, alone = widths(0.97, 0.03)
    assert good < 0.5 * alone
    worthless, alone = widths(0.5, 0.5)
    assert worthless < 1.01 * alone


def test_the_weight_is_the_papers() -> None:
    """λ = Cov(y, f) / ((1 + n / m) Var(f)), and θ = λ · mean(rest) + mean(y − λ f), by hand on five answers."""
    answers, predicted, rest = [1, 1, 0, 0, 1], [1, 0, 0, 0, 1], [1, 0, 1, 1, 0, 0, 1, 1, 1, 1]
    weight = (2 / 5 - 3 / 5 * 2 / 5) / (1.5 * (2 / 5 - 4 / 25))
    found = share(answers, predicted, rest)
    assert found.weight == pytest.approx(weight)
    assert found.value == pytest.approx(weight * 0.7 + 0.6 - weight * 0.4)
    assert (found.people, found.model) == pytest.approx((0.6, 9 / 15))
    assert found.low is not None and found.high is not None and found.low < 0.6 < found.high


def test_classes_are_told_apart_and_a_model_that_never_erred_proves_no_certainty() -> None:
    answers = ["cat"] * 12 + ["dog"] * 8
    found = shares(answers, answers, ["cat"] * 600 + ["dog"] * 400, ["cat", "dog", "emu"])
    assert found["cat"].value == pytest.approx(0.6, abs=0.01)
    for each in found.values():
        assert each.low is not None and each.high is not None and each.high - each.low > 0.1
        assert 0 <= each.low <= each.high <= 1
    assert found["emu"].value == 0


def test_the_mean_of_ratings_is_corrected_too() -> None:
    chance = np.random.default_rng(3)
    truth = chance.integers(1, 6, 20_000).astype(float)
    model = np.clip(truth + chance.integers(0, 2, 20_000), 1, 5)
    covered = []
    for _ in range(400):
        sample = chance.permutation(20_000)[:60]
        rest = np.delete(np.arange(20_000), sample)
        found = mean(truth[sample], model[sample], model[rest])
        assert found.low is not None and found.high is not None
        covered.append(found.low <= truth.mean() <= found.high)
    assert np.mean(covered) >= 0.92


def test_without_enough_answers_it_says_so_and_without_a_rest_people_decide() -> None:
    none = share([], [], [1, 0, 0, 0])
    assert none.value is None
    assert none.undefined
    assert none.model == 0.25
    assert mean([3.0], [4.0], [3.0, 4.0]).undefined
    alone = share([1, 0, 1, 1], [0, 0, 1, 1], [])
    assert alone.value == 0.75
    assert alone.weight == 0
    with pytest.raises(ValueError, match="predictions"):
        share([1, 0], [1], [])
