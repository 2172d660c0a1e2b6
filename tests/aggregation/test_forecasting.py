"""How long it takes at this pace, and how sure that is."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from annotation.aggregation.forecasting import forecast


def test_a_steady_pace_is_carried_on_within_what_chance_does() -> None:
    found = forecast([100] * 20, 1_000)
    assert found.middle == pytest.approx(10)
    assert found.low is not None and found.high is not None
    assert 9 < found.low < 10 < found.high < 11


def test_what_is_done_needs_no_time_and_what_never_moved_has_no_end() -> None:
    assert forecast([], 0).middle == 0
    assert forecast([0, 0, 0, 0], 5).middle is None
    assert forecast([7, 9], 5).middle is None
    assert forecast([0, 0, 300], 5_000).high == inf


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    chance = np.random.default_rng(3)
    inside = 0
    for _ in range(500):
        days = chance.negative_binomial(3, 0.05, size=400)
        found = forecast(days[:20], left := 1_500)
        took = float(np.argmax(np.cumsum(days[20:]) >= left) + 1)
        assert found.low is not None and found.high is not None
        inside += found.low - 1 <= took <= found.high + 1
    assert 0.76 < inside / 500 < 0.9
