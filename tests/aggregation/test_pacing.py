"""Haste is told from speed, and a run from chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from annotation.aggregation.pacing import crowd_pace, pace, streak


def test_who_is_quicker_than_the_crowd_and_than_reading_is_counted() -> None:
    chance = np.random.default_rng(1)
    characters = chance.integers(50, 500, 1_000)
    seconds = characters * chance.uniform(0.05, 0.2, 1_000)
    quickest = crowd_pace(seconds, characters)
    usual = pace(seconds, characters, quickest)
    assert (usual.quick, usual.unread) == (50, 0)
    hasty = pace(np.full(30, 0.5), np.full(30, 120), quickest)
    assert (hasty.answers, hasty.quick, hasty.unread) == (30, 30, 30)
    one = pace(np.array([0.1, 9.0, 9.0]), np.array([100, 100, 100]), quickest)
    assert one.p_value == pytest.approx(binomtest(1, 3, 0.05, alternative="greater").pvalue)


def test_a_run_is_as_likely_as_the_crowd_makes_it() -> None:
    long = streak([0, 1, *[2] * 10, 1], {0: 0.4, 1: 0.4, 2: 0.2})
    assert (long.answer, long.length, long.answers) == (2, 10, 13)
    assert long.chance == pytest.approx(4 * (2 * 0.4**10 + 0.2**10))
    assert streak([], {}).length == 0 and streak([1] * 50, {1: 1.0}).chance == 1.0
