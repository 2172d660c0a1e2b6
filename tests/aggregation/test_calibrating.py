"""Platt scaling and isotonic regression, and what they make of a distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from annotation.aggregation.calibrating import (
    ISOTONIC_FROM,
    Isotonic,
    Platt,
    calibrator_of,
    cross_fitted,
    fit,
    fit_isotonic,
    fit_platt,
    recalibrated,
    recalibrated_parts,
)
from annotation.aggregation.scoring import expected_calibration_error


def overconfident(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A model that says .55 to .999 and is right in .52 to .65 of the cases."""
    chance = np.random.default_rng(seed)
    confidence = chance.uniform(0.55, 0.999, count)
    return confidence, chance.uniform(size=count) < 0.5 + 0.3 * (confidence - 0.5)


@pytest.mark.parametrize(("count", "at_most"), [(60, 0.7), (150, 0.6), (400, 0.6), (2_000, 0.3)])
def test_what_an_overconfident_model_says_comes_closer_to_how_often_it_is_right(count: int, at_most: float) -> None:
    before, after = [], []
    for seed in range(10):
        confidence, right = overconfident(count, seed)
        before.append(expected_calibration_error(confidence, right))
        after.append(expected_calibration_error(cross_fitted(confidence, right, range(count)), right))
    assert np.mean(after) < at_most * np.mean(before)
    if count >= 2_000:
        assert np.mean(after) <= 0.05


def test_platt_below_200_cases_and_isotonic_from_there() -> None:
    confidence, right = overconfident(ISOTONIC_FROM)
    assert fit(confidence[1:], right[1:]).method == "platt"
    assert fit(confidence, right).method == "isotonic"
    with pytest.raises(ValueError):
        fit(np.array([]), np.array([]))


def test_platts_fit_is_where_the_likelihood_of_his_targets_is_stationary() -> None:
    confidence, right = overconfident(120)
    fitted = fit_platt(confidence, right)
    hits, misses = right.sum(), (~right).sum()
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (misses + 2))
    residual = fitted(confidence) - targets
    assert abs(residual.sum()) < 1e-4
    assert abs((residual * np.log(confidence / (1 - confidence))).sum()) < 1e-4


def test_platt_stays_finite_where_the_cases_are_separable_and_never_turns_the_order_round() -> None:
    always = fit_platt(np.array([0.6, 0.7, 0.9]), np.array([True, True, True]))
    assert 0.5 < always(np.array([1.0]))[0] < 1
    inverted = fit_platt(np.linspace(0.5, 0.99, 30), np.arange(30) < 15)
    assert inverted.slope == 0
    assert inverted(np.array([0.9]))[0] == pytest.approx(0.5, abs=0.01)
    same = fit_platt(np.full(10, 1.0), np.arange(10) < 8)
    assert same(np.array([1.0]))[0] == pytest.approx(0.8, abs=0.06)


def test_isotonic_has_scikit_learns_pools_and_is_never_certain() -> None:
    confidence, right = overconfident(500)
    confidence = confidence.round(2)  # with ties
    oracle = IsotonicRegression(out_of_bounds="clip").fit(confidence, right)
    pools = oracle.predict(confidence)
    fitted = fit_isotonic(confidence, right)
    centres = [confidence[pools == level].mean() for level in np.unique(pools)]
    assert fitted.stated == pytest.approx(centres)
    assert fitted.observed == pytest.approx(np.clip(np.unique(pools), 1 / 502, 501 / 502))


@pytest.mark.parametrize("fitted", [Platt(0.5, -0.2), Isotonic((0.5, 0.9), (0.4, 0.7))])
def test_a_calibrator_is_the_same_after_a_round_trip_through_json(fitted: Platt | Isotonic) -> None:
    assert calibrator_of(fitted.method, fitted.parameters) == fitted


@pytest.mark.parametrize(
    "fitted", [Platt(0.7, -0.3), Isotonic((0.5,), (0.4,)), Isotonic((0.3, 0.5, 0.9), (0.1, 0.4, 0.7))]
)
def test_one_probability_is_corrected_as_many_are(fitted: Platt | Isotonic) -> None:
    points = np.array([0.0, 0.1, 0.3, 0.45, 0.5, 0.77, 0.9, 0.95, 1.0])
    assert [fitted.at(point) for point in points.tolist()] == pytest.approx(fitted(points).tolist())


def test_a_method_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="beta"):
        calibrator_of("beta", {})


@given(
    st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=8).filter(lambda shares: sum(shares) > 1e-6),
    st.floats(0, 1),
)
def test_a_corrected_distribution_is_one_and_keeps_its_top_option(shares: list[float], share: float) -> None:
    given_ = {str(number): value / sum(shares) for number, value in enumerate(shares)}
    options = [str(number) for number in range(len(shares))]
    corrected = recalibrated(given_, options, Isotonic((0.5,), (share,)))
    assert sum(corrected.values()) == pytest.approx(1)
    assert all(value >= 0 for value in corrected.values())
    assert max(corrected, key=corrected.__getitem__) == max(given_, key=given_.__getitem__)
    assert corrected.keys() == set(options)


def test_the_others_keep_their_proportions() -> None:
    corrected = recalibrated({"a": 0.8, "b": 0.15, "c": 0.05}, "abc", Isotonic((0.5,), (0.6,)))
    assert corrected == pytest.approx({"a": 0.6, "b": 0.3, "c": 0.1})


def test_a_vote_without_probabilities_gets_what_it_is_worth() -> None:
    corrected = recalibrated({"a": 1.0}, "abc", Isotonic((0.5,), (0.7,)))
    assert corrected == pytest.approx({"a": 0.7, "b": 0.15, "c": 0.15})


def test_every_case_is_corrected_by_a_fit_that_did_not_see_it() -> None:
    """One wrong case at the top: in its own fold the others know nothing of it."""
    confidence = np.array([0.9] * 40 + [0.99])
    right = np.array([True] * 40 + [False])
    assert cross_fitted(confidence, right, range(41))[-1] > fit_platt(confidence, right)(np.array([0.99]))[0]


@pytest.mark.parametrize(("slope", "intercept"), [(0.5, 0.0), (2.0, 0.5), (1.0, -3.0)])
def test_the_least_sure_part_gets_the_corrected_probability_and_no_part_changes_sides(
    slope: float, intercept: float
) -> None:
    calibrator = Platt(slope, intercept)
    shares = {"a": 0.9, "b": 0.3, "c": 0.98}
    corrected = recalibrated_parts(shares, lambda key: (key,), calibrator)
    assert all((corrected[key] > 0.5) == (share > 0.5) for key, share in shares.items())
    assert max(corrected["b"], 1 - corrected["b"]) == pytest.approx(max(calibrator.at(0.7), 0.5), abs=1e-4)
    assert corrected["c"] >= corrected["a"]
    assert recalibrated_parts({}, lambda key: (key,), calibrator) == {}


def test_alternatives_keep_their_sum_and_order() -> None:
    groups = {"a>b": 0.6, "a=b": 0.1, "b>a": 0.3, "a>c": 1.0, "a=c": 0.0, "c>a": 0.0}
    pairs = {key: tuple(list(groups)[start : start + 3]) for start in (0, 3) for key in list(groups)[start : start + 3]}
    corrected = recalibrated_parts(groups, pairs.__getitem__, Platt(0.5, 0.0))
    assert sum(corrected.values()) == pytest.approx(2)
    assert corrected["a>b"] == pytest.approx(Platt(0.5, 0.0).at(0.6), abs=1e-4)
    assert corrected["a>b"] > corrected["b>a"] > corrected["a=b"]
    assert corrected["a>c"] > corrected["a>b"]
