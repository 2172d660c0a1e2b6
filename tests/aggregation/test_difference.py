"""The interval of a difference of shares is Newcombe's."""

from __future__ import annotations

import pytest

from annotation.aggregation.difference import difference


def test_the_paper_has_the_same_figures() -> None:
    # Newcombe (1998), table II: 56/70 − 48/80, method 10.
    assert difference((56, 70), (48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert difference((10, 10), (0, 10)) == pytest.approx((1.0, 0.6075, 1.0), abs=5e-5)
    assert difference((0, 0), (1, 2)) is None
