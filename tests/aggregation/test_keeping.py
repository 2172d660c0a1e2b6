"""What a fit knows is written down and read again."""

from __future__ import annotations

import pytest

from annotation.aggregation.fitted import MAJORITY, Knowledge, Shares, Trusted
from annotation.aggregation.keeping import recalled, stored
from tests.aggregation.test_fitted import INTENT, ONE, person


@pytest.mark.parametrize("knowledge", [ONE, Shares("wawa", {1: 1.25}), Trusted(3, 0.9), MAJORITY])
def test_what_is_stored_says_the_same_when_it_is_recalled(knowledge: Knowledge) -> None:
    again = recalled(knowledge.method, *stored(knowledge))
    votes = [person(1, "b"), person(2, "a"), person(3, "b")]
    assert again.fuse(INTENT, votes, {}).distribution == pytest.approx(knowledge.fuse(INTENT, votes, {}).distribution)
    assert again.suits(INTENT)
