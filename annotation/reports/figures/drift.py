"""Does somebody become better or worse? How near people are to the others, week by week."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import scipy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.drifting import LEAST, trend
from annotation.aggregation.scoring import wilson
from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.questions.speech import number

from ..charts import Axis, Lines, Point, Series
from .base import Cell, Column, Figure, Kind, Stat, Value, chance, count, moment, nothing, percent, share, words
from .faces import Face, people_shown
from .steps import step_of
from .voting import beside_others, labelled, votes_of_people

WEEK, DAY = timedelta(days=7), timedelta(days=1)
# What is younger is looked at by the day.
YOUNG = timedelta(days=21)
WINDOWS, PEOPLE, DRAWN = 16, 50, 6
SUSPICIOUS = 0.05


def measure(project: Project, filters: Filters) -> Value:
    """{"step": seconds, "people": [[annotator, [[begin, as others say, compared]]]]}, with the newest WINDOWS."""
    votes = votes_of_people(project, filters)
    if not votes:
        return {"step": WEEK.total_seconds(), "people": []}
    first, last = min(vote[2] for vote in votes), max(vote[2] for vote in votes)
    step = WEEK if last - first > YOUNG else DAY
    since = step_of(last, step) - (WINDOWS - 1) * step
    at = {(item, annotator): step_of(when, step) for item, annotator, when, _answers in votes if when >= since}
    found: dict[int, dict[datetime, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for question in labelled(project):
        for item, annotator, own, theirs in beside_others(question, votes):
            if (item, annotator) in at:
                window = found[annotator][at[item, annotator]]
                window[0] += own == theirs
                window[1] += 1
    compared = {pk: sum(count for _right, count in windows.values()) for pk, windows in found.items()}
    busiest = sorted(found, key=lambda pk: (-compared[pk], pk))[:PEOPLE]
    return {
        "step": step.total_seconds(),
        "people": [[pk, [[begin.isoformat(), *found[pk][begin]] for begin in sorted(found[pk])]] for pk in busiest],
    }


def present(membership: Membership, value: Value) -> Figure:
    if not value["people"]:
        return nothing(_("No two people have answered the same item yet."))
    faces = people_shown(membership, [pk for pk, _windows in value["people"]])
    shown = [(faces[pk], windows) for pk, windows in value["people"] if pk in faces]
    trends = [trend([(right, total) for _begin, right, total in windows]) for _face, windows in shown]
    tested = [place for place, each in enumerate(trends) if each.p_value is not None]
    adjusted = scipy.stats.false_discovery_control([trends[place].p_value for place in tested]) if tested else []
    corrected = dict(zip(tested, [float(each) for each in adjusted], strict=True))
    rows, stats, series = [], [], []
    changed = sorted(tested, key=lambda place: corrected[place])
    for place, (face, windows) in enumerate(shown):
        told = _told(windows, trends[place].z, corrected.get(place))
        rows += [_row(face, window, told, corrected.get(place)) for window in windows]
        if place in corrected and corrected[place] <= SUSPICIOUS:
            stats.append(Stat(face.name, _falls_or_rises(trends[place].z), _from_to(windows), face.page))
    drawn = changed[:DRAWN] or list(range(min(DRAWN, len(shown))))
    for place in drawn:
        face, windows = shown[place]
        series.append(Series(face.name, tuple(_point(face, window) for window in windows)))
    longest = max(len(windows) for _face, windows in shown)
    axis = Axis(_("As others say"), "share", high=1.0)
    no_change = Stat(_("Change"), _("none shown")) if tested else Stat(_("Change"), None, _too_little())
    return Figure(
        columns=(
            Column("person", _("Person"), False), Column("begin", _("From"), False),
            Column("as_others", _("As others say")), Column("low", _("at least")), Column("high", _("at most")),
            Column("compared", _("Compared")), Column("change", _("Change"), False), Column("p_value", "p"),
        ),
        rows=tuple(rows),
        charts=(Lines(_("As others say"), tuple(series), Axis(kind="time"), axis),) if longest > 1 else (),
        stats=tuple(stats[:DRAWN]) or (no_change,),
        note=_(
            "Whether shares rise or fall over the windows is tested (Cochran–Armitage) and called so where the false "
            "discovery rate among people stays below 5 %. Drawn: where a change is likeliest."
        ),
    )  # fmt: skip


def _too_little() -> str:
    return _("It takes two windows with %(least)s compared answers of a person.") % {"least": LEAST}


def _told(windows: list[list[Any]], z: float | None, p_value: float | None) -> str:
    if p_value is None:
        return _("too little to say")
    return f"{_falls_or_rises(z)} ({_from_to(windows)})" if p_value <= SUSPICIOUS else _("none shown")


def _falls_or_rises(z: float | None) -> str:
    return _("rises") if z is not None and z > 0 else _("falls")


def _from_to(windows: list[list[Any]]) -> str:
    """The first half of the answers beside the second one."""
    half = sum(window[2] for window in windows) / 2
    parts, through = ([0, 0], [0, 0]), 0
    for _begin, right, total in windows:
        part = parts[through >= half]
        part[0], part[1] = part[0] + right, part[1] + total
        through += total
    return " → ".join(percent(right / total, digits=0) if total else "–" for right, total in parts)


def _point(face: Face, window: list[Any]) -> Point:
    begin, right, total = window
    told = f"{face.name}, {begin[:10]}: {percent(right / total)} · {number(total)}"
    return Point(datetime.fromisoformat(begin), right / total, told, link=face.items)


def _row(face: Face, window: list[Any], told: str, p_value: float | None) -> tuple[Cell, ...]:
    begin, right, total = window
    low, high = wilson(right, total)
    return (
        words(face.name, face.page, head=True),
        moment(datetime.fromisoformat(begin)),
        share(right / total),
        share(low),
        share(high),
        count(total, face.items),
        words(told),
        chance(p_value),
    )


DRIFT = Kind("drift", gettext_lazy("Change over time"), "people", measure, present)
