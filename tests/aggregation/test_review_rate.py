"""How much of whose work is looked at."""

from __future__ import annotations

import hashlib

import pytest

from annotation.aggregation.review_rate import LEAST, MOST, is_drawn, review_factor


@pytest.mark.parametrize(
    ("accepted", "reviewed", "factor"),
    [
        (0, 0, 1.0),
        (9, 10, 1.0),  # nothing follows from ten answers of which nine stood
        (10, 10, 1.0),
        (100, 100, pytest.approx(0.37, abs=0.01)),
        (400, 400, LEAST),  # nobody is left out altogether
        (5, 10, pytest.approx(2.37, abs=0.01)),
        (0, 10, MOST),
        (180, 200, 1.0),  # as many were changed as is tolerated
        (150, 200, pytest.approx(1.95, abs=0.01)),
    ],
)
def test_the_share_moves_only_as_far_as_the_record_proves(accepted: int, reviewed: int, factor: float) -> None:
    assert review_factor(accepted, reviewed) == factor


def test_of_two_equally_long_records_the_better_one_is_never_looked_at_more() -> None:
    factors = [review_factor(accepted, 120) for accepted in range(121)]
    assert factors == sorted(factors, reverse=True)


def test_the_lot_falls_on_the_share_that_was_asked_for_and_always_on_the_same() -> None:
    hashes = [hashlib.sha256(str(number).encode()).digest() for number in range(4_000)]
    drawn = [each for each in hashes if is_drawn(each, 0.1)]
    assert 320 < len(drawn) < 480
    assert set(drawn) <= {each for each in hashes if is_drawn(each, 0.2)}
    assert all(is_drawn(each, 1.0) for each in hashes)
    assert not any(is_drawn(each, 0.0) for each in hashes)
    # Not the lot of the audits: they would all be reviewed, or none.
    audited = [each for each in hashes if int.from_bytes(each[:4], "big") < 0.1 * 2**32]
    assert 0 < len(set(audited) & set(drawn)) < len(drawn) / 2
