"""The sweep: finds what a lost message or a dead worker left undone, and is harmless otherwise."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from annotation.models import Event, ImportJob, JobState, Run, Snapshot, Stage
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exporting import find_stalled_snapshots, request_snapshot
from annotation.workflow.importing import find_stalled_imports
from annotation.workflow.running import find_stalled_runs, start_run
from annotation.workflow.sweeping import sweep
from annotation.workflow.uploading import PATIENCE, file_of, receive, start_import
from tests.cast import SCRIPTED, Cast
from tests.runs import work
from tests.threads import together
from tests.workers import empty_queues
from tests.workflow.test_publishing import waiting

PAST, FUTURE = Now() - timedelta(minutes=1), Now() + timedelta(minutes=1)


def test_a_run_is_stalled_when_nobody_holds_a_piece_and_nothing_moved(cast: Cast) -> None:
    cast.add("1")
    run = start_run(add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED))
    assert find_stalled_runs() == [], "its message is on the way"
    Run.objects.filter(pk=run.pk).update(touched_at=PAST)
    assert find_stalled_runs() == [run.pk]
    run.pieces.update(leased_until=FUTURE)
    assert find_stalled_runs() == [], "somebody is at it"
    run.pieces.update(leased_until=PAST)
    assert find_stalled_runs() == [run.pk]
    work(run)
    Run.objects.filter(pk=run.pk).update(touched_at=PAST)
    assert find_stalled_runs() == [], "it is done"


def test_an_import_is_stalled_once_started_and_unheld(cast: Cast) -> None:
    job = receive(cast.project, io.BytesIO(b"text\nhello\n"), "rows.csv", user=cast.lead)
    assert find_stalled_imports() == [], "nobody has decided its mapping"
    start_import(job)
    assert find_stalled_imports() == [job.pk]
    ImportJob.objects.filter(pk=job.pk).update(leased_until=FUTURE)
    assert find_stalled_imports() == []


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_nobody_starts_within_a_day_is_cancelled_and_its_file_removed(cast: Cast) -> None:
    forgotten, recent, started = (
        receive(cast.project, io.BytesIO(b"text\nhello\n"), "rows.csv", user=cast.lead) for _ in range(3)
    )
    start_import(started)
    ImportJob.objects.filter(pk__in=[forgotten.pk, started.pk]).update(created_at=Now() - PATIENCE)
    sweep()
    for job in (forgotten, recent, started):
        job.refresh_from_db()
    assert (forgotten.state, file_of(forgotten).exists()) == (JobState.CANCELLED, False)
    assert (recent.state, file_of(recent).exists()) == (JobState.PENDING, True)
    assert (started.state, file_of(started).exists()) == (JobState.PENDING, True)
    empty_queues()


def test_a_snapshot_is_stalled_while_unheld(cast: Cast) -> None:
    snapshot = request_snapshot(cast.project, format="csv")
    assert find_stalled_snapshots() == [snapshot.pk]
    Snapshot.objects.filter(pk=snapshot.pk).update(leased_until=FUTURE)
    assert find_stalled_snapshots() == []


@pytest.mark.django_db(transaction=True)
def test_what_is_stalled_is_sent_again(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1", "2")
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "other")
    assert cast.project.items.filter(stage=Stage.DISPUTED).count() == 1
    run = start_run(add_labeler(cast.project, name="Zero", kind="prompted", config=SCRIPTED))
    Run.objects.filter(pk=run.pk).update(touched_at=PAST)
    request_snapshot(cast.project, format="csv")
    empty_queues()
    sweep()
    assert (waiting("labeling"), waiting("exports")) == (2, 1)
    empty_queues()


@pytest.mark.django_db(transaction=True)
def test_sweeping_an_idle_site_many_times_at_once_changes_nothing(cast: Cast) -> None:
    cast.policy(min_human=0)
    cast.add("1")
    cast.answer(cast.annotator, "refund")
    before = Event.objects.count(), list(cast.project.items.values())
    together([sweep] * 6)
    assert (Event.objects.count(), list(cast.project.items.values())) == before
