"""Freeze a dataset: one consistent point in time, written once, checksummed, with a manifest."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.exchange import FORMATS, Format
from annotation.models import Item, JobState, Project, Snapshot, Stage, User, Verb

from .assembling import Record, assemble, items_to_export, shape_of
from .errors import Refused
from .heartbeat import heartbeat
from .jobs import LEASE, cancel_job, close_job, lease_job, stalled_jobs
from .publishing import publish
from .recording import record
from .splitting import clean_splits, split_of

ATTEMPTS = 3
FILTERS = {"stage"}


@transaction.atomic
def request_snapshot(
    project: Project,
    *,
    format: str,
    filters: Mapping[str, Any] | None = None,
    splits: Mapping[str, Any] | None = None,
    user: User | None = None,
) -> Snapshot:
    """Number a snapshot and queue its writing. Raises Refused for an unknown format, filter or split."""
    if format not in FORMATS:
        raise Refused(_("The format is one of %(names)s.") % {"names": ", ".join(FORMATS)}, "format")
    filters, splits = _clean_filters(filters or {}), clean_splits(splits or {})
    # Held to the end: two requests at once get consecutive numbers.
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    last = Snapshot.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
    snapshot = Snapshot.objects.create(
        project=project, number=last + 1, format=format, filters=filters, splits=splits, created_by=user
    )
    record(project, Verb.SNAPSHOT_REQUESTED, user=user, number=snapshot.number, format=format)
    publish("export_snapshot", snapshot.pk)
    return snapshot


def cancel_snapshot(snapshot: Snapshot) -> None:
    """Give up a snapshot that is not finished. Raises JobActive when it is."""
    cancel_job(Snapshot.objects.all(), snapshot.pk, _("This snapshot is over already."))


def export_snapshot(snapshot_pk: int) -> None:
    """Write a snapshot's file; returns at once when somebody else is at it.

    The file appears under its name whole or not at all; a killed worker leaves a temporary file, which goes
    when the snapshot is finished.
    """
    if not lease_job(Snapshot.objects.all(), snapshot_pk):
        return
    snapshot = Snapshot.objects.select_related("project").get(pk=snapshot_pk)
    if snapshot.attempts > ATTEMPTS:
        _close(snapshot, JobState.FAILED, error=f"The worker died {ATTEMPTS} times over this snapshot.")
        return
    writer = _Writer(snapshot)
    try:
        with heartbeat(writer.beat):
            writer.run()
    except OSError as error:
        _close(snapshot, JobState.FAILED, error=f"The file could not be written: {error.strerror or error}.")
    except _Cancelled:
        return


def find_stalled_snapshots() -> list[int]:
    """Snapshots that should be being written and that nobody holds."""
    return stalled_jobs(Snapshot.objects.all())


def path_of(snapshot: Snapshot) -> Path:
    """Where a finished snapshot's file lies."""
    return Path(settings.SYNTHWEB_FILES) / snapshot.file


class _Cancelled(Exception):
    """Somebody gave the snapshot up while it was being written."""


class _Digest:
    """A file that knows the SHA-256 and size of what went through it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        self.size += len(data)
        return self.file.write(data)


class _Writer:
    """One attempt at a snapshot's file. `rows` and `total` are what its heartbeat reports."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.project = snapshot.project
        self.rows = 0
        self.total = 0
        self.cancelled = False
        self.decided: Counter[str] = Counter()
        self.stages: Counter[str] = Counter()

    def beat(self) -> None:
        held = Snapshot.objects.filter(pk=self.snapshot.pk, state=JobState.RUNNING)
        self.cancelled = not held.update(leased_until=Now() + LEASE, rows=self.rows, total=self.total)

    def run(self) -> None:
        kind = FORMATS[self.snapshot.format]
        folder = Path(settings.SYNTHWEB_FILES) / "snapshots"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{self.snapshot.pk}-{uuid.uuid4().hex}.part"
        try:
            with draft.open("wb") as file:
                digest = _Digest(file)
                manifest = self._stream(kind, digest)
                file.flush()
                os.fsync(file.fileno())
            name = f"snapshots/{self.snapshot.pk}-{digest.sha256.hexdigest()[:16]}{kind.extensions[0]}"
            draft.rename(Path(settings.SYNTHWEB_FILES) / name)
        finally:
            draft.unlink(missing_ok=True)
        _close(
            self.snapshot,
            JobState.DONE,
            file=name,
            sha256=digest.sha256.hexdigest(),
            size=digest.size,
            rows=self.rows,
            total=self.rows,
            manifest={**manifest, "sha256": digest.sha256.hexdigest(), "size": digest.size},
        )

    def _stream(self, kind: Format, digest: _Digest) -> dict[str, Any]:
        # One read-only REPEATABLE READ transaction: pages read under READ COMMITTED would tear what changes together.
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute("SELECT now()")
                taken_at = cursor.fetchone()[0]
            # The manifest's questions and policy are those of this moment too.
            self.project.refresh_from_db()
            items = items_to_export(self.project, self.snapshot.filters)
            self.total = items.count()
            kind.write(self._records(items), digest, shape_of(self.project), {})
        return {
            "project": self.project.slug,
            "snapshot": self.snapshot.number,
            "taken_at": taken_at.isoformat(),
            "format": self.snapshot.format,
            "filters": self.snapshot.filters,
            "splits": self.snapshot.splits,
            "rows": self.rows,
            "stages": dict(self.stages),
            "decided_by": dict(self.decided),
            "schema_version": self.project.schema_version,
            "guidelines_version": self.project.guidelines_version,
            "questions": self.project.questions,
            "policy": self.project.policy,
        }

    def _records(self, items: QuerySet[Item]) -> Iterator[Record]:
        """Counted on the way, for the manifest."""
        for content_hash, row in assemble(self.project, items):
            if self.cancelled:
                raise _Cancelled
            self.rows += 1
            if self.snapshot.splits:
                row["split"] = split_of(content_hash, self.snapshot.splits)
            self.stages[row["stage"]] += 1
            self.decided.update(label["decided_by"] for label in row["labels"].values())
            yield row


def _clean_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(filters) - FILTERS
    if unknown:
        raise Refused(
            _("Snapshots have no filter %(names)s.") % {"names": ", ".join(sorted(map(str, unknown)))}, "filters"
        )
    stages = [] if filters.get("stage") in (None, "") else filters["stage"]
    stages = [stages] if isinstance(stages, str) else stages
    if not isinstance(stages, list) or not set(map(str, stages)) <= set(Stage.values):
        raise Refused(_("A stage is one of %(names)s.") % {"names": ", ".join(Stage.values)}, "filters.stage")
    return {"stage": sorted(stages)} if stages else {}


def _close(snapshot: Snapshot, state: JobState, **values: Any) -> None:
    with transaction.atomic():
        if close_job(Snapshot.objects.all(), snapshot.pk, state, **values):
            record(
                snapshot.project_id,
                Verb.SNAPSHOT_FINISHED,
                number=snapshot.number,
                error=values.get("error", ""),
                sha256=values.get("sha256", ""),
            )
    _tidy(snapshot)


def _tidy(snapshot: Snapshot) -> None:
    """Remove what killed or overtaken attempts left beside the snapshot's file."""
    folder = Path(settings.SYNTHWEB_FILES) / "snapshots"
    snapshot.refresh_from_db(fields=["file"])
    for path in (*folder.glob(f".{snapshot.pk}-*.part"), *folder.glob(f"{snapshot.pk}-*")):
        if path.name != Path(snapshot.file).name:
            path.unlink(missing_ok=True)
