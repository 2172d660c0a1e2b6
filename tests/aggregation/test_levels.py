"""α by level of measurement against the `krippendorff` package, to 1e-9."""

from __future__ import annotations

import krippendorff
import numpy as np
import pytest

from annotation.aggregation.agreement import alpha_of
from annotation.aggregation.ballots import Ballots, ballots
from annotation.aggregation.levels import LEVELS, alpha_at


def matrix(seed: int, *, annotators: int = 5, items: int = 60, missing: float = 0.4) -> np.ndarray:
    """[annotators, items] numbers from 1 to 6, NaN where nobody answered."""
    chance = np.random.default_rng(seed)
    truth = chance.integers(1, 7, items)
    said = np.clip(truth + chance.integers(-2, 3, (annotators, items)), 1, 6).astype(float)
    said[chance.random((annotators, items)) < missing] = np.nan
    return said


def votes_of(said: np.ndarray) -> Ballots:
    return ballots((item, who, said[who, item].item()) for who, item in zip(*np.nonzero(~np.isnan(said)), strict=True))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("seed", range(5))
def test_alpha_equals_the_packages(level: str, seed: int) -> None:
    said = matrix(seed)
    expected = krippendorff.alpha(reliability_data=said, level_of_measurement=level)
    assert alpha_at(level, votes_of(said)).alpha == pytest.approx(expected, abs=1e-9)


def test_alpha_by_a_distance_equals_the_packages_too() -> None:
    said = matrix(9)
    expected = krippendorff.alpha(reliability_data=said, level_of_measurement="nominal")
    assert alpha_of(votes_of(said), lambda one, other: float(one != other)).alpha == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_the_interval_is_that_of_items_drawn_anew(level: str) -> None:
    """Distances on an ordinal scale are worked out anew in every replicate, as the package does it."""
    said = matrix(3, items=150, missing=0.1)
    chance = np.random.default_rng(4)
    redrawn = [
        krippendorff.alpha(reliability_data=said[:, chance.integers(0, 150, 150)], level_of_measurement=level)
        for _ in range(250)
    ]
    found = alpha_at(level, votes_of(said), replicates=2_000)
    assert (found.low, found.high) == pytest.approx(np.quantile(redrawn, [0.025, 0.975]), abs=0.02)


def test_what_is_undefined_says_why() -> None:
    alone = alpha_at("ordinal", ballots([(1, "ann", 3), (2, "bob", 4)]))
    assert alone.alpha is None
    assert alone.undefined
    same = alpha_at("interval", ballots([(1, "ann", 3), (1, "bob", 3)]), replicates=10)
    assert same.alpha is None
    assert same.raw == 1
    assert same.undefined
