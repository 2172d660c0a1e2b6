"""What differs between two snapshots: every item is met once, and told by what became of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.exchange.canonical import canonical_json
from annotation.exchange.differing import FIRST, Tally, differences


def record(number: int, value: Any = None, *, by: str = "people", text: str = "t", stage: str = "x") -> dict[str, Any]:
    labels = {} if value is None else {"intent": {"value": value, "decided_by": by, "posterior": 1.0}}
    return {"id": number, "external_id": f"e{number}", "fields": {"text": text}, "stage": stage, "labels": labels}


def compared(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> Tally:
    tally = Tally()
    for change in differences(map(canonical_json, before), map(canonical_json, after)):
        if change:
            tally.count(change)
    return tally


def test_items_that_came_went_or_changed_are_told_apart() -> None:
    before = [record(1, "a"), record(2, "a"), record(3, "a"), record(4), record(5, "a"), record(6, "a")]
    after = [
        record(2, "a"),
        record(3, "b"),
        record(4, "a"),
        record(5, "a", by="reviewer"),
        record(6, "a", text="u"),
        record(7, stage="y"),
    ]
    tally = compared(before, after)
    assert tally.summary["counts"] == {
        "added": 1,
        "changed": 4,
        "decided_otherwise": 1,
        "relabelled": 2,
        "removed": 1,
        "text": 1,
    }
    assert tally.summary["moves"] == {
        "intent": [{"before": "", "after": "a", "items": 1}, {"before": "a", "after": "b", "items": 1}]
    }
    assert tally.summary["deciders"] == {"intent": [{"before": "people", "after": "reviewer", "items": 1}]}
    assert [(each["id"], each["change"]) for each in tally.summary["first"]] == [
        (1, "removed"), (3, "changed"), (4, "changed"), (5, "changed"), (6, "changed"), (7, "added"),
    ]  # fmt: skip


def test_the_summary_stays_small_however_much_differs() -> None:
    """Free texts are all of another kind: what is listed is bounded, what is counted is not."""
    before = [record(number, f"{number} " * 60) for number in range(2_000)]
    after = [record(number, f"{number}! " * 60) for number in range(2_000)]
    summary = compared(before, after).summary
    assert summary["counts"]["relabelled"] == 2_000 == sum(each["items"] for each in summary["moves"]["intent"])
    assert len(summary["first"]) == FIRST
    assert len(summary["moves"]["intent"]) < 300


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.integers(0, 30), st.sampled_from("ab")),
    st.dictionaries(st.integers(0, 30), st.sampled_from("ab")),
)
def test_every_item_is_met_once_whatever_the_ids(before: dict[int, str], after: dict[int, str]) -> None:
    rows = [[record(number, each[number]) for number in sorted(each)] for each in (before, after)]
    found = list(differences(map(canonical_json, rows[0]), map(canonical_json, rows[1])))
    assert len(found) == len(before.keys() | after.keys())
    told = {change.item: change.what for change in found if change}
    same = {number for number in before.keys() & after.keys() if before[number] == after[number]}
    assert told.keys() == (before.keys() | after.keys()) - same
    assert {number for number, what in told.items() if what == "added"} == after.keys() - before.keys()
    assert {number for number, what in told.items() if what == "removed"} == before.keys() - after.keys()
