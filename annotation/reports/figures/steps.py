"""Time in steps of equal length, so that what happened can be counted in few of them, however long it took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Expression, F, Func, Value

STEPS = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 6 * 60, 24 * 60, 7 * 24 * 60, 28 * 24 * 60)
)  # fmt: skip
MOST = 40
# A Monday, at midnight.
ORIGIN = datetime(2001, 1, 1, tzinfo=UTC)


def step_for(first: datetime, last: datetime, *, most: int = MOST) -> timedelta:
    """The shortest step of which at most so many lie between the two; the longest, where all are more."""
    return next((step for step in STEPS if (last - first) / step <= most), STEPS[-1])


def step_of(moment: datetime, step: timedelta) -> datetime:
    """When the step began that the moment lies in."""
    return ORIGIN + (moment - ORIGIN) // step * step


def stepped(field: str, step: timedelta) -> Expression:
    """The same in the database."""
    output: Any = DateTimeField()
    return Func(Value(step), F(field), Value(ORIGIN), function="date_bin", output_field=output)


def steps_between(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    """The beginnings of all steps from that of `first` to that of `last`."""
    begin = step_of(first, step)
    return [begin + number * step for number in range((step_of(last, step) - begin) // step + 1)]
