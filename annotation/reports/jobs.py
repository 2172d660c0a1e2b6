"""How a job is going: share done, rate, and time left."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from annotation.models import (
    Experiment,
    Fitting,
    ImportJob,
    JobState,
    Run,
    SchemaChange,
    Snapshot,
    SnapshotFile,
    SynthesisRun,
)

AnyJob = Run | ImportJob | Snapshot | SnapshotFile | SchemaChange | Fitting | SynthesisRun | Experiment


@dataclass(frozen=True, slots=True)
class JobProgress:
    """`rate` is units per second (items, rows); `eta_seconds` is None until a rate is known."""

    state: str
    total: int
    done: int
    failed: int
    percent: float
    rate: float | None
    eta_seconds: float | None


def job_progress(job: AnyJob) -> JobProgress:
    """The same figures for a run, an import and a snapshot."""
    total, done, failed, share = _counts(job)
    rate = eta = None
    if job.started_at is not None:
        elapsed = ((job.finished_at or timezone.now()) - job.started_at).total_seconds()
        rate = done / elapsed if elapsed > 0 and done else None
        if job.is_active and share > 0:
            eta = elapsed * (1 - share) / share
    percent = 100.0 if job.state == JobState.DONE else round(100 * share, 1)
    return JobProgress(job.state, total, done, failed, percent, rate, eta)


def _counts(job: AnyJob) -> tuple[int, int, int, float]:
    """(total, done, failed, share done). An import knows its bytes, not its rows."""
    if isinstance(job, ImportJob):
        return 0, job.read, job.rejected, min(1.0, job.position / job.size) if job.size else 0.0
    if isinstance(job, Snapshot):
        # Frozen first, then written.
        return job.total, job.rows, 0, min(1.0, (job.rows + job.written) / (2 * job.total)) if job.total else 0.0
    if isinstance(job, SnapshotFile):
        return job.total, job.rows, 0, min(1.0, job.rows / job.total) if job.total else 0.0
    if isinstance(job, SchemaChange | Fitting | Experiment):
        return job.total, job.done, 0, min(1.0, job.done / job.total) if job.total else 0.0
    if isinstance(job, SynthesisRun):
        return _synthesis(job)
    finished = job.done + job.failed
    return job.total, finished, job.failed, min(1.0, finished / job.total) if job.total else 0.0


def _synthesis(run: SynthesisRun) -> tuple[int, int, int, float]:
    """By its requests, or by its items where their number is given and they are further."""
    total, done = (run.expected, run.requested) if run.expected else (run.amount or 0, run.kept)
    asked = min(1.0, done / total) if total else 0.0
    made = min(1.0, run.kept / run.amount) if run.amount else 0.0
    return total, done, run.failed, max(asked, made)
