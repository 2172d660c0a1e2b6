"""Slices: intervals, the exact test against the rest, and no discoveries by looking often."""

from __future__ import annotations

import random

import pytest
from scipy.stats import fisher_exact

from annotation.aggregation.slicing import slices_of


def test_a_slice_that_fails_is_found_and_the_test_is_fishers() -> None:
    right = [place >= 15 for place in range(100)]
    found = slices_of(right, {"bad": range(20), "good": range(20, 60), "tiny": range(5)})
    assert [each.name for each in found] == ["bad", "good"]
    bad = found[0]
    assert (bad.cases, bad.right, bad.rest) == (20, 5, 1.0) and bad.worse and bad.low < 0.25 < bad.high
    exact = fisher_exact([[5, 15], [80, 0]], alternative="less").pvalue
    # Two were looked at: Benjamini & Yekutieli multiply the smallest of two by 2 (1 + ½).
    assert bad.p_value == pytest.approx(3 * exact)


def test_slices_that_differ_by_chance_alone_are_not_called_worse() -> None:
    chance = random.Random(5)
    called = 0
    for _ in range(100):
        right = [chance.random() < 0.8 for _ in range(300)]
        slices = {name: chance.sample(range(300), 40) for name in range(25)}
        called += any(each.worse for each in slices_of(right, slices))
    assert called <= 8
