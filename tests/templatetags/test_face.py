from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.templatetags.face import ago, number, stacked


@pytest.mark.parametrize(("value", "shown"), [(None, "0"), (0, "0"), (999, "999"), (1_234_567, "1,234,567")])
def test_numbers_are_grouped_by_thousands(value: int | None, shown: str) -> None:
    assert number(value) == shown


def test_parts_of_a_bar_touch_and_fill_it() -> None:
    parts = stacked([{"count": 1}, {"count": 0}, {"count": 3}])
    assert [(part["offset"], part["percent"]) for part in parts] == [(0, 25), (25, 0), (25, 75)]


def test_an_empty_bar_has_no_parts_of_any_width() -> None:
    assert [part["percent"] for part in stacked([{"count": 0}, {"count": 0}])] == [0, 0]


@pytest.mark.parametrize(
    ("past", "shown"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=3), "3\xa0minutes ago"),
        (timedelta(days=2, hours=5), "2\xa0days ago"),
    ],
)
def test_times_past_name_their_largest_unit(past: timedelta, shown: str) -> None:
    assert ago(timezone.now() - past) == shown
