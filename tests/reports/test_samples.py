"""A few items to look at."""

from __future__ import annotations

from annotation.reports.samples import sample_items
from tests.cast import Cast


def test_the_first_ones_some_by_chance_or_those_asked_for(cast: Cast) -> None:
    pks = sorted(item.pk for item in cast.add(*(f"message {number}" for number in range(40))))
    [foreign] = cast.foreign.add("theirs")
    assert [item.pk for item in sample_items(cast.project, size=3)] == pks[:3]
    drawn = [item.pk for item in sample_items(cast.project, seed=5)]
    assert drawn == [item.pk for item in sample_items(cast.project, seed=5)]
    assert drawn != [item.pk for item in sample_items(cast.project, seed=6)]
    assert len(set(drawn)) == 10
    asked = [pks[7], pks[2], pks[7], foreign.pk]
    assert [item.pk for item in sample_items(cast.project, ids=asked)] == [pks[7], pks[2]]
