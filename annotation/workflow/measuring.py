"""Keep what the figures of dashboards come to, and count anew what changed while somebody looks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from annotation.models import Item, JobState, Measurement, Project
from annotation.models.filters import Filters, InvalidFilter, parse_filters
from annotation.reports.figures.base import Kind
from annotation.reports.figures.registry import KINDS

from .embedding import vectors_by_item
from .jobs import ATTEMPTS, close_job, stalled_jobs, work_off
from .publishing import publish

# A project of so many items is counted while its page is made: nobody waits for a worker then.
SMALL = 500
# Not counted again sooner than this, nor sooner than so many times as long as it took: a worker has other work.
PAUSE = timedelta(seconds=15)
SHARE_OF_A_WORKER = 20
# Counted again at this age although nothing was written: some figures are about the last hours.
OLDEST = timedelta(minutes=30)
RETRY = timedelta(minutes=10)
# A worker that died over a figure holds it for so long, or three times as long as the figure took last.
HOLD, SLOW_HOLD = timedelta(minutes=1), timedelta(minutes=10)
# Somebody looks: within this time. A page that stands open looks again and again.
LOOKING = timedelta(minutes=5)
NOTED = timedelta(minutes=1)
FORGOTTEN = timedelta(days=30)
# Sets of filters are made by whoever writes an address; of a project's so many are kept.
KEPT = 500
LOOKED_AFTER = 200

# How far the rows of some projects are: whatever changes figures leaves one of these behind. Each is one look into an
# index, so it costs the same in every project.
STAMPS = """
SELECT project.id, concat_ws(':',
    project.schema_version,
    (SELECT max(id) FROM annotation_item WHERE project_id = project.id),
    (SELECT id FROM annotation_event event WHERE event.project_id = project.id ORDER BY event.id DESC LIMIT 1),
    (SELECT extract(epoch FROM max(touched_at)) FROM annotation_run WHERE project_id = project.id),
    (SELECT concat(id, '-', checkpoint) FROM annotation_fitting fitting WHERE fitting.project_id = project.id
     ORDER BY fitting.id DESC LIMIT 1))
FROM annotation_project project WHERE project.id = ANY(%s)
"""


def look(project: Project, kinds: Iterable[Kind], filters: Filters) -> dict[str, Measurement]:
    """{figure: what it came to last}, and somebody is looking: what has changed since is counted anew.

    In a small project that is done at once, slow figures aside. Otherwise `value` may be that of a while ago, or
    None where it has not been counted yet (`is_counted`); a worker is at it then.
    """
    wanted = list(kinds)
    key = key_of(filters)
    rows = _rows(project, wanted, key)
    if missing := [kind for kind in wanted if kind.name not in rows]:
        _begin(project, missing, filters, key)
        rows = _rows(project, wanted, key)
    now = timezone.now()
    if any(row.looked_at < now - NOTED for row in rows.values()):
        Measurement.objects.filter(pk__in=[row.pk for row in rows.values()]).update(looked_at=Now())
    stamp = stamps([project.pk])[project.pk]
    stale = [kind for kind in wanted if not _is_fresh(rows[kind.name], kind, project, stamp, now)]
    small = bool(stale) and Item.objects.filter(project=project).order_by()[: SMALL + 1].count() <= SMALL
    for kind in stale:
        row = rows[kind.name]
        if small and not kind.slow:
            _count(row, kind, project, filters, stamp)
        elif not row.is_active and _may_begin(row, now):
            _request([row.pk])
    return rows


def is_counted(row: Measurement, project: Project) -> bool:
    """Whether its value can be shown: under today's questions, by today's code."""
    return row.value is not None and _fits(row, KINDS[row.name], project)


def measure(pk: int) -> None:
    """Count one figure; returns at once where somebody else is at it."""
    work_off(
        Measurement.objects.select_related("project"),
        pk,
        work=_work,
        close=_close,
        given_up=f"The worker died {ATTEMPTS} times over this figure.",
        failures=(InvalidFilter,),
    )


def request_due_measurements() -> None:
    """Ask for what somebody looked at lately and has changed since."""
    now = timezone.now()
    looked = Measurement.objects.filter(looked_at__gt=now - LOOKING, name__in=KINDS).select_related("project")
    idle = looked.exclude(state__in=JobState.active()).filter(computed_at__lt=now - PAUSE)
    rows = list(idle.order_by("computed_at").defer("value")[:LOOKED_AFTER])
    known = stamps({row.project_id for row in rows})
    _request(
        row.pk
        for row in rows
        if not _is_fresh(row, KINDS[row.name], row.project, known[row.project_id], now) and _may_begin(row, now)
    )


def find_stalled_measurements() -> list[int]:
    """Those that should be counted and that nobody holds."""
    return stalled_jobs(Measurement.objects.all())


def forget_measurements() -> None:
    """Nobody has looked at them for long."""
    Measurement.objects.filter(looked_at__lt=timezone.now() - FORGOTTEN).delete()


def key_of(filters: Filters) -> str:
    """The same filters have the same key; empty where nothing is asked."""
    asked = filters.asked
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest() if asked else ""


def stamps(projects: Iterable[int]) -> Mapping[int, str]:
    """{project: how far its rows are}: another stamp, other figures."""
    with connection.cursor() as cursor:
        cursor.execute(STAMPS, [list(projects)])
        return dict(cursor.fetchall())


def _rows(project: Project, kinds: Sequence[Kind], key: str) -> dict[str, Measurement]:
    rows = Measurement.objects.filter(project=project, key=key, name__in=[kind.name for kind in kinds])
    return {row.name: row for row in rows}


def _begin(project: Project, kinds: Sequence[Kind], filters: Filters, key: str) -> None:
    if key:
        others = Measurement.objects.filter(project=project).exclude(key="").order_by("-looked_at")
        Measurement.objects.filter(pk__in=list(others.values_list("pk", flat=True)[KEPT:])).delete()
    # Two readers at once begin the same rows. They are idle, not pending: `look` decides who counts them.
    Measurement.objects.bulk_create(
        (
            Measurement(project=project, name=kind.name, key=key, filters=filters.asked, state=JobState.DONE)
            for kind in kinds
        ),
        ignore_conflicts=True,
    )


def _fits(row: Measurement, kind: Kind, project: Project) -> bool:
    return row.edition == kind.edition and row.schema_version == project.schema_version


def _is_fresh(row: Measurement, kind: Kind, project: Project, stamp: str, now: datetime) -> bool:
    counted = row.value is not None and row.computed_at is not None and _fits(row, kind, project)
    return counted and row.stamp == stamp and row.computed_at > now - OLDEST  # type: ignore[operator]


def _may_begin(row: Measurement, now: datetime) -> bool:
    if row.state == JobState.FAILED and row.finished_at is not None:
        return row.finished_at < now - RETRY
    pause = max(PAUSE, timedelta(seconds=SHARE_OF_A_WORKER * row.took))
    return row.computed_at is None or row.computed_at < now - pause


def _request(pks: Iterable[int]) -> None:
    """Conditional: what is pending already has its message, or the sweep's."""
    for pk in pks:
        idle = Measurement.objects.filter(~Q(state__in=JobState.active()), pk=pk)
        if idle.update(state=JobState.PENDING, started_at=None, leased_until=None, attempts=0, error=""):
            publish("measure", pk)


def _work(row: Measurement) -> None:
    kind = KINDS.get(row.name)
    if kind is None:
        return
    # It is one step: there is no batch with which its lease could be renewed.
    hold = max(SLOW_HOLD if kind.slow else HOLD, timedelta(seconds=3 * row.took))
    Measurement.objects.filter(pk=row.pk).update(leased_until=Now() + hold)
    project = row.project
    stamp = stamps([project.pk])[project.pk]
    # They were read once, by somebody who might ask for all of them.
    filters = parse_filters(row.filters, project, may_manage=True)
    _count(row, kind, project, filters, stamp)


def _count(row: Measurement, kind: Kind, project: Project, filters: Filters, stamp: str) -> None:
    """`stamp` is from before the count: what is written meanwhile makes it stale."""
    begun = monotonic()
    if kind.vectors is not None:
        vectors_by_item(project, kind.vectors(project, filters))
    row.value = kind.measure(project, filters)
    row.took = round(monotonic() - begun, 3)
    row.stamp, row.edition, row.schema_version = stamp, kind.edition, project.schema_version
    row.computed_at = timezone.now()
    row.save(update_fields=["value", "took", "stamp", "edition", "schema_version", "computed_at"])


def _close(row: Measurement, state: JobState, error: str) -> None:
    close_job(Measurement.objects.all(), row.pk, state, error)
