"""A worker's part in a run, done here and now."""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now

from annotation.models import JobState, Piece, Run, RunItem
from annotation.workflow.labeling import label_chunk


def work(run: Run) -> Run:
    """Chunk after chunk, until there is nothing to do; however that ends."""
    while label_chunk(run.pk):
        pass
    run.refresh_from_db()
    return run


def finish(run: Run) -> Run:
    work(run)
    assert run.state == JobState.DONE, run.error
    return run


def let_leases_lapse(run: Run) -> None:
    # Long ago: claims compare with the beginning of their transaction, which a test may have begun a while before.
    RunItem.objects.filter(run=run, state=Piece.PENDING).update(leased_until=Now() - timedelta(hours=1))
