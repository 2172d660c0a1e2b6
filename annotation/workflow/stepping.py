"""Long work that goes record by record: its heartbeat says how far it is, and it stops where it was cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.db.models.functions import Now

from annotation.models import JobState

from .jobs import LEASE, AnyJob

Each = TypeVar("Each")


class Stopped(Exception):
    """Somebody cancelled the job, or another worker went on with it."""


class Steps:
    """One attempt at a job. `figures` are columns of its row: what a heartbeat writes."""

    def __init__(self, jobs: QuerySet[AnyJob], pk: int, **figures: int) -> None:
        self._job = jobs.filter(pk=pk, state=JobState.RUNNING)
        self.figures = figures
        self.stopped = False

    def beat(self) -> None:
        """Called by the heartbeat, on a connection of its own."""
        values: dict[str, Any] = dict(self.figures)
        self.stopped = not self._job.update(leased_until=Now() + LEASE, **values)

    def count(self, records: Iterable[Each], figure: str) -> Iterator[Each]:
        """Hand records on and count them. Raises Stopped."""
        for each in records:
            if self.stopped:
                raise Stopped
            yield each
            self.figures[figure] += 1
