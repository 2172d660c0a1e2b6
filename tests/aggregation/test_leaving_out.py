"""Nobody is compared with themselves."""

from __future__ import annotations

from annotation.aggregation.ballots import ballots
from annotation.aggregation.leaving_out import NOBODY, others_say


def test_each_vote_meets_what_most_others_say_or_nothing_where_they_are_split() -> None:
    rows = [("a", "x", "one"), ("a", "y", "one"), ("a", "z", "two"), ("b", "x", "one")]
    votes = ballots([*rows, ("c", "x", "one"), ("c", "y", "two")])
    said = [votes.answers[code] if code != NOBODY else None for code in others_say(votes).tolist()]
    assert said == [None, None, "one", None, "two", "one"]
    assert others_say(ballots([])).tolist() == []
