"""Intervals hold what could be chance, and pairs cancel what they share."""

from __future__ import annotations

import numpy as np

from annotation.experiments.base import Measured
from annotation.experiments.chance import gain, separated, share, spelled


def runs(share_right: float, *, seeds: int = 5, texts: int = 300, draw: int = 0) -> list[str]:
    generator = np.random.default_rng(draw)
    return [spelled(generator.random(texts) < share_right) for _ in range(seeds)]


def test_a_share_lies_in_its_interval_which_is_as_wide_as_a_binomial_one_or_wider() -> None:
    found = share(runs(0.6))
    assert found.low is not None and found.high is not None
    assert found.low < found.value < found.high
    assert 0.05 < found.high - found.low < 0.15


def test_a_gain_is_found_lost_or_left_open() -> None:
    assert separated(gain(runs(0.8, draw=1), runs(0.6, draw=2))) == 1
    assert separated(gain(runs(0.6, draw=1), runs(0.8, draw=2))) == -1
    assert separated(gain(runs(0.6, draw=1), runs(0.6, draw=2))) == 0
    assert gain(runs(0.6), runs(0.6)) == Measured(0.0, 0.0, 0.0)


def test_a_gain_of_one_lucky_seed_is_not_sure() -> None:
    before = ["0" * 100] * 5
    after = ["1" * 20 + "0" * 80, *["0" * 100] * 4]
    assert separated(gain(after, before)) == 0
