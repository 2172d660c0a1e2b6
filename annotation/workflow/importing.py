"""A started import at work: a job that survives being killed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from annotation.exchange import BadRow, ImportedItem, Mapping, Reading, UnreadableFile, to_item
from annotation.exchange import get as get_format
from annotation.models import ImportJob, JobState, RejectedRow, Verb
from annotation.questions import Question

from .jobs import ATTEMPTS, LEASE, Overtaken, close_job, stalled_jobs, work_off
from .recording import record
from .storing import store_items
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
    reading = get_format(job.format).read(file_of(job), start_after=job.checkpoint)
    prepare = partial(_prepare, reading, Mapping.from_json(job.mapping), job.project.fields, job.project.question_list)
    # While the database writes one batch, a thread reads and checks the next.
    with closing(reading), ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(prepare)
        while batch := upcoming.result():
            upcoming = pool.submit(prepare)
            _import_batch(job, batch)
    with connection.cursor() as cursor:
        # Before autovacuum comes by, the planner would take a fresh project for one row.
        cursor.execute("ANALYZE annotation_item")


@dataclass(slots=True)
class _Batch:
    """Checked rows; `line` and `position` (bytes) say how far the file has been read with them."""

    good: list[ImportedItem] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    line: int = 0
    position: int = 0


def _prepare(
    reading: Reading, mapping: Mapping, fields: Sequence[dict[str, str]], questions: Sequence[Question]
) -> _Batch | None:
    """The next rows, at most BATCH of them and not many more than BATCH_BYTES; None at the end of the file."""
    batch = _Batch()
    end = reading.position + BATCH_BYTES
    for row in islice(reading, BATCH):
        verdict = row if isinstance(row, BadRow) else to_item(row, mapping, fields, questions)
        if isinstance(verdict, BadRow):
            batch.bad.append(verdict)
        else:
            batch.good.append(verdict)
        batch.line = row.line
        if reading.position > end:
            break
    batch.position = reading.position
    return batch if batch.line else None


@transaction.atomic
def _import_batch(job: ImportJob, batch: _Batch) -> None:
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
    created = store_items(job.project, batch.good)
    ImportJob.objects.filter(pk=job.pk).update(
        created=F("created") + len(created), duplicates=F("duplicates") + len(batch.good) - len(created)
    )
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
            counts: dict[str, Any] = {"created": job.created, "duplicates": job.duplicates, "rejected": job.rejected}
            record(job.project_id, Verb.IMPORT_FINISHED, job=job.pk, filename=job.filename, error=error, **counts)
    if closed:
        # No import is taken up again once it is over, so nobody needs its file.
        file_of(job).unlink(missing_ok=True)
