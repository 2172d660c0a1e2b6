"""Freeze a dataset: one consistent point in time, written once, checksummed, with a manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.exchange import Unwritable
from annotation.exchange.frozen import SUFFIX
from annotation.models import JobState, Project, Snapshot, SnapshotFile, SnapshotLedger, User, Verb

from .errors import Refused
from .formatting import kind_of_file, write_format
from .freezing import freeze
from .heartbeat import heartbeat
from .jobs import cancel_job, close_job, lease_job, stalled_jobs
from .planning import check_writable, shape_under
from .publishing import publish
from .recording import record
from .shelving import Draft, discard, draft, on_disk, shelve, tidy
from .splitting import clean_splits
from .stepping import Steps, Stopped
from .terms import clean_filters, clean_format, clean_settings, clean_terms
from .uncollected import uncollected
from .version import SOFTWARE

ATTEMPTS = 3


@transaction.atomic
def request_snapshot(
    project: Project,
    *,
    format: str,
    filters: Mapping[str, Any] | None = None,
    splits: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    user: User | None = None,
) -> Snapshot:
    """Number a snapshot and queue its writing. Raises Refused for an unknown format, filter, split, option or setting,
    and for a format that cannot hold what is asked for.

    `filters`: those of the item list; `options`: `terms.Terms`; `settings`: what the format leaves to choose.
    """
    clean_format(format)
    shares, terms = clean_splits(splits or {}), clean_terms(options or {}, project)
    if (terms.stratify or terms.keep_splits) and not shares:
        raise Refused(_("There are no splits to draw."), "splits")
    found, chosen = clean_filters(filters or {}, project), clean_settings(settings or {}, format)
    check_writable(shape_under(terms, project), format, chosen)
    # Held to the end: two requests at once get consecutive numbers.
    SnapshotLedger.objects.get_or_create(project=project)
    ledger = SnapshotLedger.objects.select_for_update().get(project=project)
    ledger.last_number += 1
    ledger.save(update_fields=["last_number"])
    snapshot = Snapshot.objects.create(
        project=project,
        number=ledger.last_number,
        format=format,
        filters=found,
        splits=shares,
        options=terms.asked,
        settings=chosen,
        created_by=user,
    )
    record(project, Verb.SNAPSHOT_REQUESTED, user=user, number=snapshot.number, format=format)
    publish("export_snapshot", snapshot.pk)
    return snapshot


def cancel_snapshot(snapshot: Snapshot) -> None:
    """Give up a snapshot that is not finished. Raises JobActive when it is."""
    cancel_job(Snapshot.objects.all(), snapshot.pk, _("This snapshot is over already."))
    _forget_records(snapshot.pk)


def export_snapshot(snapshot_pk: int) -> None:
    """Freeze a snapshot's records and write its file; returns at once when somebody else is at it.

    Files appear under their names whole or not at all. Records that an earlier attempt froze are not frozen again.
    """
    if not lease_job(Snapshot.objects.all(), snapshot_pk):
        return
    snapshot = Snapshot.objects.select_related("project").get(pk=snapshot_pk)
    if snapshot.attempts > ATTEMPTS:
        _fail(snapshot, f"The worker died {ATTEMPTS} times over this snapshot.")
        return
    # What the heartbeat of an attempt that died over the freezing told is not there.
    frozen = snapshot.rows if snapshot.records else 0
    steps = Steps(Snapshot.objects.all(), snapshot.pk, rows=frozen, total=snapshot.total, written=0)
    try:
        with heartbeat(steps.beat), uncollected():
            if not snapshot.records:
                _freeze(snapshot, steps)
            _write(snapshot, steps)
    except OSError as error:
        _fail(snapshot, f"The file could not be written: {error.strerror or error}.")
    except (Refused, Unwritable) as error:
        _fail(snapshot, str(error))
    except Stopped:
        _forget_records(snapshot.pk)
    finally:
        tidy(_owner(snapshot))


def find_stalled_snapshots() -> list[int]:
    """Snapshots that should be being written and that nobody holds."""
    return stalled_jobs(Snapshot.objects.all())


def primary_file(snapshot: Snapshot) -> SnapshotFile | None:
    """The file that was asked for with the snapshot; None before it is written."""
    return snapshot.files.filter(base=None, format=snapshot.format, settings=snapshot.settings).first()


def path_of(snapshot: Snapshot) -> Path:
    """Where a finished snapshot's file lies."""
    made = primary_file(snapshot)
    return on_disk(made.file if made else "")


def _freeze(snapshot: Snapshot, steps: Steps) -> None:
    with draft(_owner(snapshot)) as made:
        manifest = freeze(snapshot, made, steps)
        rows = steps.figures["rows"]
        # The total was what fitted; what was left out or withheld on the way is no part of it.
        steps.figures["total"] = rows
        manifest["records"] = {"sha256": made.sha256, "size": made.size, "rows": rows}
        values = {"records_sha256": made.sha256, "records_size": made.size, "rows": rows, "total": rows}
        with transaction.atomic():
            name = shelve(made, SUFFIX)
            held = Snapshot.objects.filter(pk=snapshot.pk, state=JobState.RUNNING)
            kept = held.update(records=name, manifest=manifest, **values)
    if not kept:
        discard([name])
        raise Stopped
    snapshot.refresh_from_db()


def _write(snapshot: Snapshot, steps: Steps) -> None:
    with draft(_owner(snapshot)) as made:
        written = write_format(snapshot, snapshot.format, snapshot.settings, made, steps, "written")
        extension, _media_type = kind_of_file(snapshot.manifest, snapshot.format, snapshot.settings)
        with transaction.atomic():
            name = shelve(made, extension)
            closed = _close(snapshot, made, written.losses)
            if closed:
                _keep(snapshot, made, name, written.rows, written.losses)
    if not closed:
        discard([name])
        raise Stopped


def _close(snapshot: Snapshot, made: Draft, losses: Mapping[str, int]) -> bool:
    """Call inside the transaction that keeps the file. False where the snapshot was cancelled meanwhile."""
    of_file = {"format": snapshot.format, "settings": snapshot.settings, "sha256": made.sha256, "size": made.size}
    closed = close_job(
        Snapshot.objects.all(),
        snapshot.pk,
        JobState.DONE,
        sha256=made.sha256,
        size=made.size,
        written=snapshot.rows,
        manifest={**snapshot.manifest, **of_file, "losses": dict(losses)},
    )
    if closed:
        record(snapshot.project_id, Verb.SNAPSHOT_FINISHED, number=snapshot.number, error="", sha256=made.sha256)
    return closed


def _keep(snapshot: Snapshot, made: Draft, name: str, rows: int, losses: Mapping[str, int]) -> None:
    SnapshotFile.objects.create(
        snapshot=snapshot,
        format=snapshot.format,
        settings=snapshot.settings,
        state=JobState.DONE,
        file=name,
        sha256=made.sha256,
        size=made.size,
        total=rows,
        rows=rows,
        losses=dict(losses),
        software=SOFTWARE,
        created_by_id=snapshot.created_by_id,
        started_at=Now(),
        finished_at=Now(),
    )


def _fail(snapshot: Snapshot, error: str) -> None:
    with transaction.atomic():
        if close_job(Snapshot.objects.all(), snapshot.pk, JobState.FAILED, error):
            record(snapshot.project_id, Verb.SNAPSHOT_FINISHED, number=snapshot.number, error=error, sha256="")
    _forget_records(snapshot.pk)


def _forget_records(snapshot_pk: int) -> None:
    """Of a snapshot that is over and has no file, nothing stays on the disk."""
    over = Snapshot.objects.filter(pk=snapshot_pk, state__in=(JobState.FAILED, JobState.CANCELLED)).exclude(records="")
    names = list(over.values_list("records", flat=True))
    over.update(records="")
    discard(names)


def _owner(snapshot: Snapshot) -> str:
    return f"snapshot-{snapshot.pk}"
