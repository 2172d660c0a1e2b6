"""The job card says the same of imports, runs and snapshots."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import ImportJob, JobState, Snapshot
from annotation.views.jobs import eta_text, job_card
from tests.cast import Cast
from tests.views.data import page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.2, "about 1 s left"),
        (59, "about 59 s left"),
        (600, "about 10 min left"),
        (7_200, "about 2 h left"),
        (200_000, "about 2 days left"),
    ],
)
def test_the_time_left_is_told_in_the_unit_that_fits(seconds: float | None, words: str) -> None:
    assert eta_text(seconds) == words


def test_an_import_knows_its_share_by_bytes_and_its_rate_by_rows(cast: Cast) -> None:
    job = ImportJob.objects.create(
        project=cast.project, file="x", filename="a.csv", size=400, position=100, read=50, rejected=3, format="csv"
    )
    job.state, job.started_at = JobState.RUNNING, timezone.now() - timedelta(seconds=10)
    card = job_card(job)
    assert (card["percent"], card["done"], card["total"], card["failed"]) == (25.0, 50, 0, 0)
    assert card["rate"] == "5.0 rows/s"
    assert card["eta_text"] == "about 30 s left"
    assert card["cancel_url"] == page("import_cancel", cast, job.pk)


@pytest.mark.parametrize(
    ("counts", "percent"),
    [({}, None), ({"total": 10, "rows": 10, "written": 5}, 75.0), ({"state": JobState.DONE}, 100.0)],
)
def test_a_snapshot_has_no_share_before_its_rows_are_counted(cast: Cast, counts: dict[str, Any], percent: Any) -> None:
    snapshot = Snapshot(pk=1, project=cast.project, number=1, format="csv", **{"state": JobState.RUNNING, **counts})
    assert job_card(snapshot)["percent"] == percent
