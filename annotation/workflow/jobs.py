"""What imports, snapshots and runs have in common as jobs: a worker's lease on them, and being cancelled."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from annotation.models import BulkChange, ImportJob, JobState, Run, SchemaChange, Snapshot

from .errors import JobActive

# A worker that died holds its job no longer than this.
LEASE = timedelta(seconds=settings.SYNTHWEB_LEASE_SECONDS)


def lease_job(
    jobs: QuerySet[ImportJob] | QuerySet[Snapshot] | QuerySet[SchemaChange] | QuerySet[BulkChange], pk: int
) -> bool:
    """Take up one of `jobs` for the length of a lease; False where it is over or somebody else is at it."""
    # Conditional: the message may come five times, the work is done once.
    free = jobs.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=Now()), pk=pk, state__in=JobState.active())
    return bool(
        free.update(
            state=JobState.RUNNING,
            started_at=Coalesce("started_at", Now()),
            leased_until=Now() + LEASE,
            attempts=F("attempts") + 1,
        )
    )


def stalled_jobs(
    jobs: QuerySet[ImportJob] | QuerySet[Snapshot] | QuerySet[SchemaChange] | QuerySet[BulkChange],
) -> list[int]:
    """Those of `jobs` that should be going on and that nobody holds."""
    waiting = jobs.filter(state__in=JobState.active()).exclude(leased_until__gt=Now())
    return list(waiting.values_list("pk", flat=True))


@transaction.atomic
def cancel_job(
    jobs: QuerySet[ImportJob] | QuerySet[Snapshot] | QuerySet[Run] | QuerySet[BulkChange], pk: int, noun: str
) -> None:
    """Whoever is at it stops at the next step; what is done stays. Raises JobActive when it is over already."""
    cancelled = jobs.filter(pk=pk, state__in=JobState.active()).update(state=JobState.CANCELLED, finished_at=Now())
    if not cancelled:
        raise JobActive(f"This {noun} is over already.")
