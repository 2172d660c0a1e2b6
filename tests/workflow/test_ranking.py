"""The queue's order: doubt first, look-alikes apart, and audits wherever chance puts them."""

from __future__ import annotations

import numpy as np
import pytest

from annotation.workflow.ranking import doubt, priorities, ranked


@pytest.mark.parametrize(
    ("shares", "expected"), [([1.0, 0.0, 0.0], 0.0), ([0.5, 0.5, 0.0], 1.0), ([0.6, 0.3, 0.1], 0.7), ([1.0], 0.0)]
)
def test_doubt_is_the_narrowness_of_the_margin(shares: list[float], expected: float) -> None:
    assert doubt(np.array([shares])) == pytest.approx([expected])


def test_the_most_doubtful_comes_first() -> None:
    vectors = np.eye(4)
    assert ranked(np.array([0.1, 0.9, 0.5, 0.7]), lambda at: vectors[at]).tolist() == [1, 3, 2, 0]


def test_a_look_alike_waits_for_what_is_new() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert ranked(np.array([0.9, 0.89, 0.8]), lambda at: vectors[at]).tolist() == [0, 2, 1]


def test_every_item_has_one_place() -> None:
    draw = np.random.default_rng(0)
    vectors = draw.normal(size=(3_000, 4))
    order = ranked(draw.random(3_000), lambda at: vectors[at])
    assert sorted(order.tolist()) == list(range(3_000))
    assert ranked(np.zeros(0), lambda at: vectors[at]).tolist() == []


def test_priorities_follow_the_order_and_audits_follow_chance() -> None:
    drawn = np.array([np.nan, 0.25, np.nan, 0.75])
    given = priorities(np.array([2, 1, 0, 3]), drawn)
    assert given[2] > given[0]
    assert given[3] > given[1]


def test_at_every_point_of_the_queue_the_audits_have_their_share() -> None:
    draw = np.random.default_rng(0)
    drawn = np.where(draw.random(2_000) < 0.1, draw.random(2_000), np.nan)
    queue = np.argsort(-priorities(draw.permutation(2_000), drawn), kind="stable")
    share = (~np.isnan(drawn)).mean()
    for answered in (50, 200, 1_000):
        assert (~np.isnan(drawn[queue[:answered]])).mean() == pytest.approx(share, abs=0.02)
