"""A trend is what the Cochran–Armitage test calls one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr

from annotation.aggregation.drifting import trend


def test_a_trend_is_the_correlation_of_being_right_with_time() -> None:
    windows = [(19, 20), (16, 20), (18, 30), (10, 25)]
    place = np.repeat(range(4), [total for _, total in windows])
    right = np.concatenate([np.arange(total) < good for good, total in windows]).astype(float)
    found = trend(windows)
    # The statistic is √n · r (Armitage 1955).
    assert found.z == pytest.approx(np.sqrt(len(right)) * pearsonr(place, right).statistic)
    assert found.z is not None and found.z < 0 and found.p_value is not None and found.p_value < 0.01


@pytest.mark.parametrize("windows", [[], [(9, 12)], [(5, 9), (5, 9)], [(20, 20), (30, 30)], [(0, 20), (0, 30)]])
def test_too_little_shows_no_trend(windows: list[tuple[int, int]]) -> None:
    assert trend(windows).z is None and trend(windows).p_value is None
