"""Lots are even, and the same ones every time."""

from __future__ import annotations

import numpy as np

from annotation.aggregation.scattering import scattered


def test_what_chance_draws_is_even_and_does_not_change() -> None:
    drawn = scattered(np.arange(1, 100_001))
    assert (scattered(np.arange(1, 100_001)) == drawn).all()
    counts, _ = np.histogram(drawn, bins=20, range=(0, 1))
    assert counts.min() > 4_000
    assert counts.max() < 6_000
