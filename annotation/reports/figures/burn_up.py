"""What came in and what was settled over time, and when the rest will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from math import isfinite
from typing import Any

from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.aggregation.forecasting import Forecast, forecast
from annotation.models import Annotation, Membership, Project, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions.speech import number

from ..charts import Axis, Lines, Link, Point, Series
from .base import Column, Figure, Kind, Stat, Value, count, moment, nothing, percent, within
from .steps import step_for, step_of, stepped, steps_between

# The pace is that of the last steps, the one that is not over left out.
PACE = 20


def measure(project: Project, filters: Filters) -> Value:
    items = select(project, filters).order_by()
    span = items.aggregate(
        first=Min("created_at"), last=Max("created_at"), settled=Max("settled_at"), total=Count("pk")
    )
    if not span["total"]:
        return {"total": 0}
    now = timezone.now()
    votes = Annotation.objects.votes().human().filter(within(project, filters), project=project).order_by()
    moved = [each for each in (span["last"], span["settled"], votes.aggregate(last=Max("created_at"))["last"]) if each]
    step = step_for(span["first"], max(moved))
    settled = _per_step(items.filter(stage=Stage.SETTLED, settled_at__isnull=False), "settled_at", step)
    rows: dict[datetime, list[int]] = {begin: [0, 0, 0] for begin in steps_between(span["first"], max(moved), step)}
    for place, counted in enumerate(
        (_per_step(items, "created_at", step), settled, _per_step(votes, "created_at", step))
    ):
        for begin, amount in counted.items():
            # Answers that an import brought can be older than their items.
            rows.setdefault(begin, [0, 0, 0])[place] = amount
    done = sum(settled.values())
    return {
        "total": span["total"],
        "settled": done,
        "step": step.total_seconds(),
        "steps": [[begin.isoformat(), *rows[begin]] for begin in sorted(rows)],
        "forecast": _forecast(settled, span["total"] - done, step, now),
    }


def _per_step(rows: Any, field: str, step: timedelta) -> dict[datetime, int]:
    return dict(rows.values_list(stepped(field, step)).annotate(count=Count("pk")))


def _forecast(settled: Mapping[datetime, int], left: int, step: timedelta, now: datetime) -> list[str | None]:
    """When it is done, most likely, at the earliest and at the latest. Steps without work count, up to today."""
    if not left or not settled:
        return [None, None, None]
    current = step_of(now, step)
    past = [begin for begin in (current - number * step for number in range(1, PACE + 1)) if begin >= min(settled)]
    found: Forecast = forecast([settled.get(begin, 0) for begin in past], left)
    ahead = (found.middle, found.low, found.high)
    # Nobody plans in centuries.
    most = timedelta(days=36_500) / step
    return [
        None if steps is None or not isfinite(steps) or steps > most else (now + steps * step).isoformat()
        for steps in ahead
    ]


def present(membership: Membership, value: Value) -> Figure:
    if not value["total"]:
        return nothing(_("No item fits. Upload some, or take back a filter."))
    hours = value["step"] < 86_400
    rows = [(datetime.fromisoformat(begin), *counts) for begin, *counts in value["steps"]]
    added, settled = (list(accumulate(row[place] for row in rows)) for place in (1, 2))
    begins = [row[0] for row in rows]
    series = (
        Series(_("Came in"), _points(begins, added, "imported_to", value), "muted", dashed=True),
        Series(_("Settled"), _points(begins, settled, "settled_to", value), "stage-settled"),
    )
    left = value["total"] - value["settled"]
    return Figure(
        columns=(
            Column("begin", _("From"), False),
            Column("came_in", _("Came in")),
            Column("settled", _("Settled")),
            Column("answers", _("Answers of people")),
            Column("came_in_so_far", _("Came in so far")),
            Column("settled_so_far", _("Settled so far")),
        ),
        rows=tuple(
            (
                moment(row[0], hours=hours),
                count(row[1], _days(row[0], "imported", value)),
                count(row[2], _days(row[0], "settled", value)),
                count(row[3], _days(row[0], "answered", value)),
                count(came, _so_far(row[0], "imported_to", value)),
                count(done, _so_far(row[0], "settled_to", value)),
            )
            for row, came, done in zip(rows, added, settled, strict=True)
        ),
        charts=(Lines(_("Items over time"), series, Axis(kind="time", hours=hours), Axis(_("Items"))),),
        stats=(
            Stat(
                _("Settled"),
                percent(value["settled"] / value["total"]),
                _("%(settled)s of %(total)s items")
                % {"settled": number(value["settled"]), "total": number(value["total"])},
                Link({"stage": "settled"}),
            ),
            _eta(value, left),
        ),
        note=_(
            "The estimate is from the pace of the last steps of time, idle ones included; the true moment lies in the "
            "interval four times out of five, if work goes on as it did."
        )
        if left
        else "",
    )


def _points(begins: Sequence[datetime], amounts: Sequence[int], field: str, value: Value) -> tuple[Point, ...]:
    return tuple(
        Point(begin, amount, f"{begin:%Y-%m-%d %H:%M}: {number(amount)}", link=_so_far(begin, field, value))
        for begin, amount in zip(begins, amounts, strict=True)
    )


def _eta(value: Value, left: int) -> Stat:
    label = _("Done, at this pace")
    if not left:
        return Stat(label, _("all settled"))
    middle, low, high = (None if each is None else datetime.fromisoformat(each) for each in value["forecast"])
    waiting = ngettext("%(left)s item is left", "%(left)s items are left", left) % {"left": number(left)}
    if middle is None or low is None:
        return Stat(label, None, _("%(waiting)s; too little was settled lately to tell a pace.") % {"waiting": waiting})
    near = (middle - timezone.now()) < timedelta(days=2)
    spelled = [_spelled(each, near) for each in (middle, low)]
    until = _spelled(high, near) if high else _("nobody can tell")
    return Stat(
        label,
        spelled[0],
        _("between %(low)s and %(high)s; %(waiting)s") % {"low": spelled[1], "high": until, "waiting": waiting},
        Link({"stage": "human"}),
    )


def _spelled(when: datetime, near: bool) -> str:
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M}" if near else f"{when:%Y-%m-%d}"


def _days(begin: datetime, what: str, value: Value) -> Link | None:
    """The items of one step. The explorer asks by whole days."""
    last = _last_day(begin, value)
    return None if last is None else Link({f"{what}_from": f"{begin:%Y-%m-%d}", f"{what}_to": last})


def _so_far(begin: datetime, field: str, value: Value) -> Link | None:
    last = _last_day(begin, value)
    return None if last is None else Link({field: last})


def _last_day(begin: datetime, value: Value) -> str | None:
    if value["step"] < 86_400:
        return None
    return f"{begin + timedelta(seconds=value['step']) - timedelta(days=1):%Y-%m-%d}"


BURN_UP = Kind("burn_up", gettext_lazy("Progress over time"), "project", measure, present)
