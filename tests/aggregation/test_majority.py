"""Majority: the winner's share is the posterior."""

from __future__ import annotations

import pytest

from annotation.aggregation.majority import majority
from annotation.questions import Option, Question

INTENT = Question("intent", "choice", "Intent", options=(Option("a", "A"), Option("b", "B"), Option("c", "C")))


def test_the_posterior_is_the_winners_share_and_votes_are_counted_by_head() -> None:
    outcome = majority(INTENT, [({"b": 1.0}, 1), ({"b": 1.0}, 1), ({"a": 0.8, "c": 0.2}, 0.5)])
    assert outcome.value == "b"
    assert outcome.posterior == pytest.approx(0.8)
    assert outcome.votes == 3
    assert outcome.method == "majority"
    assert sum(outcome.distribution.values()) == pytest.approx(1)


def test_a_tie_is_never_more_than_even() -> None:
    assert majority(INTENT, [({"c": 1.0}, 1), ({"b": 1.0}, 1)]).posterior == 0.5


def test_the_order_of_votes_changes_nothing() -> None:
    votes = [({"a": 1.0}, 1), ({"b": 0.6, "c": 0.4}, 0.5), ({"c": 1.0}, 1)]
    assert majority(INTENT, votes).distribution == pytest.approx(majority(INTENT, votes[::-1]).distribution)
