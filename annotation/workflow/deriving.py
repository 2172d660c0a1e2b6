"""Make more of a snapshot that was taken: its records in another format, or how they differ from an earlier one's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.exchange import Unwritable, canonical_json
from annotation.exchange.differing import Tally, differences
from annotation.exchange.frozen import lines_of
from annotation.models import JobState, Snapshot, SnapshotFile, User

from .errors import JobActive, Refused
from .formatting import kind_of_file, write_format
from .freezing import shape_from
from .heartbeat import heartbeat
from .jobs import cancel_job, close_job, lease_job, stalled_jobs
from .planning import check_writable
from .publishing import publish
from .shelving import Draft, discard, draft, on_disk, shelve, tidy
from .stepping import Steps, Stopped
from .terms import clean_format, clean_settings
from .uncollected import uncollected
from .version import SOFTWARE

ATTEMPTS = 3
DIFFERENCE = ".differences.jsonl"
DIFFERENCE_TYPE = "application/x-ndjson"


def request_file(
    snapshot: Snapshot, *, format: str, settings: Mapping[str, Any] | None = None, user: User | None = None
) -> SnapshotFile:
    """The snapshot in this format: the file that there is, or one that is queued to be made (again).

    Raises Refused for an unknown format or setting and for a format that cannot hold it, and JobActive where there are
    no records to make it of.
    """
    clean_format(format)
    chosen = clean_settings(settings or {}, format)
    _check(snapshot)
    check_writable(shape_from(snapshot.manifest), format, chosen)
    return _queued(snapshot, user, base=None, format=format, settings=chosen)


def request_difference(snapshot: Snapshot, base: Snapshot, *, user: User | None = None) -> SnapshotFile:
    """How the snapshot differs from an earlier one of its project. Raises Refused and JobActive."""
    _check(snapshot)
    _check(base)
    if base.project_id != snapshot.project_id or base.number >= snapshot.number:
        raise Refused(_("A snapshot is compared with an earlier one of the same project."), "base")
    return _queued(snapshot, user, base=base, format="", settings={})


def cancel_file(made: SnapshotFile) -> None:
    """Raises JobActive when it is over."""
    cancel_job(SnapshotFile.objects.all(), made.pk, _("This file is finished already."))


def make_file(file_pk: int) -> None:
    """Write one file; returns at once when somebody else is at it. It appears whole or not at all."""
    files = SnapshotFile.objects.all()
    if not lease_job(files, file_pk):
        return
    row = SnapshotFile.objects.select_related("snapshot__project", "base__project").get(pk=file_pk)
    if row.attempts > ATTEMPTS:
        close_job(files, row.pk, JobState.FAILED, f"The worker died {ATTEMPTS} times over this file.")
        return
    steps = Steps(files, row.pk, rows=0, total=_total(row))
    try:
        with heartbeat(steps.beat), uncollected():
            _make(row, steps)
    except OSError as error:
        close_job(files, row.pk, JobState.FAILED, f"The file could not be written: {error.strerror or error}.")
    except (Refused, Unwritable) as error:
        close_job(files, row.pk, JobState.FAILED, str(error))
    except Stopped:
        return
    finally:
        tidy(_owner(row))


def find_stalled_files() -> list[int]:
    """Files that should be being made and that nobody holds."""
    return stalled_jobs(SnapshotFile.objects.all())


def extension_of(made: SnapshotFile) -> str:
    return DIFFERENCE if made.base_id else kind_of_file(made.snapshot.manifest, made.format, made.settings)[0]


def _check(snapshot: Snapshot) -> None:
    if snapshot.state != JobState.DONE:
        raise JobActive(_("Snapshot %(number)s is not finished.") % {"number": snapshot.number})
    if not snapshot.records:
        raise JobActive(
            _("Snapshot %(number)s was made before records were kept; it can be had as it is.")
            % {"number": snapshot.number}
        )


@transaction.atomic
def _queued(snapshot: Snapshot, user: User | None, **asked: Any) -> SnapshotFile:
    made, _new = SnapshotFile.objects.get_or_create(snapshot=snapshot, **asked, defaults={"created_by": user})
    row = SnapshotFile.objects.select_for_update(of=("self",)).select_related("snapshot__project").get(pk=made.pk)
    if row.is_active or (row.state == JobState.DONE and row.file and on_disk(row.file).exists()):
        if row.is_active:
            publish("make_file", row.pk)
        return row
    row.state, row.error, row.attempts, row.file = JobState.PENDING, "", 0, ""
    row.started_at = row.finished_at = row.leased_until = None
    row.rows = 0
    row.save()
    publish("make_file", row.pk)
    return row


def _make(row: SnapshotFile, steps: Steps) -> None:
    with draft(_owner(row)) as made:
        values = _write(row, made, steps)
        if row.sha256 and row.sha256 != made.sha256:
            raise Refused(
                f"Made again, the file has other bytes (SHA-256 {made.sha256}) than {row.software} wrote "
                f"({row.sha256}). The records are unchanged; this is {SOFTWARE}."
            )
        figures = {"sha256": made.sha256, "size": made.size, "total": values["rows"], "software": SOFTWARE}
        with transaction.atomic():
            name = shelve(made, extension_of(row))
            closed = _is_current(row) and close_job(
                SnapshotFile.objects.all(), row.pk, JobState.DONE, file=name, **figures, **values
            )
    if not closed:
        discard([name])


def _is_current(row: SnapshotFile) -> bool:
    """Whether the records that were read are still the snapshot's; whoever erases some waits until the file is kept."""
    read = {each.pk: each.records for each in (row.snapshot, row.base) if each is not None}
    kept = Snapshot.objects.select_for_update().filter(pk__in=read).order_by("pk")
    return dict(kept.values_list("pk", "records")) == read


def _write(row: SnapshotFile, target: Draft, steps: Steps) -> dict[str, Any]:
    """The columns that say what was written."""
    if row.base is not None:
        tally = Tally()
        for line in _compared(row.base, row.snapshot, tally, steps):
            target.write(line)
        return {"rows": sum(tally.counts[what] for what in ("added", "removed", "changed")), "summary": tally.summary}
    written = write_format(row.snapshot, row.format, row.settings, target, steps, "rows")
    return {"rows": written.rows, "losses": dict(written.losses)}


def _compared(base: Snapshot, snapshot: Snapshot, tally: Tally, steps: Steps) -> Iterator[bytes]:
    found = differences(lines_of(on_disk(base.records)), lines_of(on_disk(snapshot.records)))
    for change in steps.count(found, "rows"):
        if change is not None:
            tally.count(change)
            yield canonical_json(change.record) + b"\n"


def _total(row: SnapshotFile) -> int:
    return max(row.snapshot.rows, row.base.rows if row.base else 0)


def _owner(row: SnapshotFile) -> str:
    return f"file-{row.pk}"
