"""A started import at work: a job that survives being killed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from annotation.exchange import BadRow, ImportedItem, Intake, Loss, Mapping, Reading, UnreadableFile
from annotation.exchange import get as get_format
from annotation.exchange.archives import remove
from annotation.exchange.members import read_file
from annotation.models import ImportJob, JobState, RejectedRow, Unindexed, Verb

from .jobs import ATTEMPTS, LEASE, Overtaken, close_job, stalled_jobs, work_off
from .losing import note_losses
from .publishing import publish
from .recording import record
from .storing_votes import store_with_votes
from .uncollected import uncollected
from .uploading import file_of

BATCH = 5_000
BATCH_BYTES = 16 << 20


def import_file(job_pk: int) -> None:
    """Import what is left of a job's file; returns at once when somebody else is at it.

    Counters, checkpoint and rows of a batch are one transaction: killed at any moment, the job goes on after the last
    batch, and every row is counted once.
    """
    work_off(
        _started().select_related("project"),
        job_pk,
        work=_run,
        close=_close,
        given_up=f"The worker died {ATTEMPTS} times over this file; what came in stays.",
        failures=(UnreadableFile, OSError),
    )


def find_stalled_imports() -> list[int]:
    """Imports that should be going on and that nobody holds."""
    return stalled_jobs(_started())


def _started() -> QuerySet[ImportJob]:
    """Imports whose mapping is decided."""
    return ImportJob.objects.exclude(mapping={})


def _run(job: ImportJob) -> None:
    reading = read_file(get_format(job.format), file_of(job), job.checkpoint)
    intake = Intake(Mapping.from_json(job.mapping), job.project.fields, job.project.question_list)
    prepare = partial(_prepare, reading, intake)
    # While the database writes one batch, a thread reads and checks the next.
    with closing(reading), uncollected(), ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(prepare)
        while batch := upcoming.result():
            upcoming = pool.submit(prepare)
            _import_batch(job, batch)


@dataclass(slots=True)
class _Batch:
    """Checked rows; `line` and `position` (bytes) say how far the file has been read with them."""

    good: list[ImportedItem] = field(default_factory=list)
    losses: list[tuple[int, Loss]] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    line: int = 0
    position: int = 0


def _prepare(reading: Reading, intake: Intake) -> _Batch | None:
    """The next rows, at most BATCH of them and not many more than BATCH_BYTES; None at the end of the file."""
    batch = _Batch()
    end = reading.position + BATCH_BYTES
    for row in islice(reading, BATCH):
        verdict = row if isinstance(row, BadRow) else intake.item(row)
        if isinstance(verdict, BadRow):
            batch.bad.append(verdict)
        else:
            batch.good.append(verdict)
            batch.losses += [(row.line, loss) for loss in verdict.losses]
        batch.line = row.line
        if reading.position > end:
            break
    batch.position = reading.position
    return batch if batch.line else None


@transaction.atomic
def _import_batch(job: ImportJob, batch: _Batch) -> None:
    with connection.cursor() as cursor:
        # Nobody waits for the disk: what a power cut takes of the last second, it takes with its checkpoint, and the
        # job goes on before it. That the job is over is written to the disk with all that came before.
        cursor.execute("SET LOCAL synchronous_commit = 'off'")
    # First, and conditional on the checkpoint: a worker that was overtaken writes nothing.
    held = ImportJob.objects.filter(pk=job.pk, state=JobState.RUNNING, checkpoint=job.checkpoint).update(
        checkpoint=batch.line,
        position=batch.position,
        leased_until=Now() + LEASE,
        # It got somewhere: only deaths without progress count.
        attempts=1,
        read=F("read") + len(batch.good) + len(batch.bad),
        rejected=F("rejected") + len(batch.bad),
    )
    if not held:
        raise Overtaken
    stored = store_with_votes(job.project, batch.good)
    losses = batch.losses + stored.losses
    ImportJob.objects.filter(pk=job.pk).update(
        created=F("created") + len(stored.created),
        duplicates=F("duplicates") + len(batch.good) - len(stored.created),
        answers=F("answers") + stored.answers,
        lost=F("lost") + len(losses),
    )
    note_losses(job, losses)
    RejectedRow.objects.bulk_create(
        RejectedRow(job=job, line=row.line, reason=row.reason, excerpt=row.excerpt) for row in batch.bad
    )
    job.checkpoint = batch.line


def _close(job: ImportJob, state: JobState, error: str) -> None:
    with transaction.atomic():
        read_to = F("position" if error else "size")
        closed = close_job(ImportJob.objects.all(), job.pk, state, error, position=read_to)
        if closed:
            job.refresh_from_db()
            names = ("created", "duplicates", "rejected", "answers", "lost")
            counts: dict[str, Any] = {name: getattr(job, name) for name in names}
            record(job.project_id, Verb.IMPORT_FINISHED, job=job.pk, filename=job.filename, error=error, **counts)
            if Unindexed.objects.filter(project=job.project_id).exists():
                publish("index_words", job.project_id)
    if closed:
        # No import is taken up again once it is over, so nobody needs its file.
        remove(file_of(job))
        with connection.cursor() as cursor:
            # Before autovacuum comes by, the planner would take a fresh project for one row. It sees to the rest.
            cursor.execute("ANALYZE annotation_item (project_id, stage, facets)")
