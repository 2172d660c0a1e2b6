"""Whom known answers speak for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotation.aggregation.trusting import choose_trusted, trust_one

from .crowds import crowd_of


def test_a_long_record_is_trusted_before_a_short_perfect_one() -> None:
    rows = [(item, 0, 1 if item < 95 else 0) for item in range(100)] + [(item, 1, 1) for item in range(3)]
    crowd = crowd_of([*rows, (100, 0, 0), (100, 1, 1), (101, 1, 1)], known=dict.fromkeys(range(100), 1))
    trusted = choose_trusted(crowd)
    assert trusted is not None
    assert (trusted.annotator, trusted.right, trusted.answered) == (0, 95, 100)
    assert trusted.why(["Ada", "Bob"]).startswith("Ada is trusted: right on 95 of 100 known answers")
    fit = trust_one(crowd)
    assert fit.posteriors[100].argmax() == 0
    assert fit.posteriors[101].argmax() == 1
    assert choose_trusted(replace(crowd, clamped=None)) is None
    with pytest.raises(ValueError, match="known answers"):
        trust_one(replace(crowd, clamped=None))
