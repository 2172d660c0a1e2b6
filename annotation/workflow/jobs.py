"""What jobs have in common: a worker's lease on them, being worked off, and being cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from annotation.models import Job, JobState, LeasedJob

from .errors import JobActive
from .publishing import publish

# A worker that died holds its job no longer than this.
LEASE = timedelta(seconds=settings.SYNTHWEB_LEASE_SECONDS)
# So many workers may die over one batch.
ATTEMPTS = 5

AnyJob = TypeVar("AnyJob", bound=LeasedJob)


class Overtaken(Exception):
    """The job was cancelled, or another worker went on with it: whoever finds out writes nothing more."""


class TurnOver(Overtaken):
    """Others have waited long enough: what is left of the job comes after theirs."""


def unheld() -> Q:
    """Jobs that no worker has a lease on."""
    return Q(leased_until__isnull=True) | Q(leased_until__lt=Now())


def lease_job(jobs: QuerySet[AnyJob], pk: int, *, lease: timedelta = LEASE) -> bool:
    """Take up one of `jobs` for the length of a lease; False where it is over or somebody else is at it."""
    # Conditional: the message may come five times, the work is done once.
    free = jobs.filter(unheld(), pk=pk, state__in=JobState.active())
    return bool(
        free.update(
            state=JobState.RUNNING,
            started_at=Coalesce("started_at", Now()),
            leased_until=Now() + lease,
            attempts=F("attempts") + 1,
        )
    )


def work_off(
    jobs: QuerySet[AnyJob],
    pk: int,
    *,
    work: Callable[[AnyJob], None],
    close: Callable[[AnyJob, JobState, str], None],
    given_up: str,
    failures: tuple[type[Exception], ...] = (),
    task: str = "",
) -> None:
    """Lease one of `jobs`, do what is left of it and close it; returns at once where somebody else is at it.

    `work` goes batch by batch, renews the lease with each, and raises Overtaken where it is lost. `given_up` is told
    where ATTEMPTS workers died without a batch in between; what a failure says is told where `work` raises one.
    `task` is sent again where `work` raises TurnOver.
    """
    if not lease_job(jobs, pk):
        return
    job = jobs.get(pk=pk)
    if job.attempts > ATTEMPTS:
        close(job, JobState.FAILED, given_up)
        return
    try:
        work(job)
        close(job, JobState.DONE, "")
    except TurnOver:
        with transaction.atomic():
            jobs.filter(pk=pk, state=JobState.RUNNING).update(leased_until=None, attempts=0)
            publish(task, pk)
    except Overtaken:
        return
    except failures as error:
        close(job, JobState.FAILED, str(error))


def close_job(jobs: QuerySet[AnyJob], pk: int, state: JobState, error: str = "", **values: Any) -> bool:
    """One of `jobs` is over, with `values` as its last ones; False where it was cancelled meanwhile."""
    running = jobs.filter(pk=pk, state=JobState.RUNNING)
    return bool(running.update(state=state, error=error, finished_at=Now(), leased_until=None, **values))


def stalled_jobs(jobs: QuerySet[LeasedJob]) -> list[int]:
    """Those of `jobs` that should be going on and that nobody holds."""
    waiting = jobs.filter(state__in=JobState.active()).exclude(leased_until__gt=Now())
    return list(waiting.values_list("pk", flat=True))


@transaction.atomic
def cancel_job(jobs: QuerySet[Job], pk: int, over: str) -> None:
    """Whoever is at it stops at the next step; what is done stays. Raises JobActive, saying `over`, when it is over."""
    cancelled = jobs.filter(pk=pk, state__in=JobState.active()).update(state=JobState.CANCELLED, finished_at=Now())
    if not cancelled:
        raise JobActive(over)
