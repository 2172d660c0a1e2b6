"""How long the files of snapshots stay, and snapshots that go: files can be made again, records cannot."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import JobState, Project, Snapshot, SnapshotFile, SnapshotLedger, User, Verb

from .errors import JobActive, Refused
from .recording import record
from .shelving import discard

MOST_DAYS, MOST_SNAPSHOTS = 3_650, 1_000
# Whoever had a file made again has this long to fetch it.
GRACE = timedelta(days=1)
AT_ONCE = 100


@transaction.atomic
def keep_files(project: Project, *, days: int | None, last: int | None, user: User | None = None) -> SnapshotLedger:
    """Files stay while they are younger than `days` or of one of the `last` snapshots; with neither, for good.

    Raises Refused.
    """
    for value, most, field in ((days, MOST_DAYS, "days"), (last, MOST_SNAPSHOTS, "last")):
        if value is not None and not 1 <= value <= most:
            raise Refused(_("This is a whole number from 1 to %(most)s.") % {"most": most}, field)
    ledger, _new = SnapshotLedger.objects.get_or_create(project=project)
    SnapshotLedger.objects.filter(pk=ledger.pk).update(keep_days=days, keep_last=last)
    record(project, Verb.SNAPSHOTS_KEPT, user=user, days=days, last=last)
    return SnapshotLedger.objects.get(pk=ledger.pk)


def remove_old_files() -> None:
    """Take files from the disk that need not be there any more; their checksums stay. Cheap where there are none."""
    for ledger in SnapshotLedger.objects.filter(Q(keep_days__isnull=False) | Q(keep_last__isnull=False)):
        old = _removable(ledger)
        found = list(old.values_list("pk", "file")[:AT_ONCE])
        if found:
            # Conditional: one that was made again meanwhile is as good as new.
            old.filter(pk__in=[pk for pk, _file in found]).update(file="")
            discard(file for _pk, file in found)


def delete_snapshot(snapshot: Snapshot, *, user: User | None = None) -> None:
    """For good: records, files and differences from it. Raises JobActive while it is being written."""
    with transaction.atomic():
        row = Snapshot.objects.select_for_update(of=("self",)).get(pk=snapshot.pk)
        files = SnapshotFile.objects.filter(Q(snapshot=row) | Q(base=row))
        if row.is_active or files.filter(state__in=JobState.active()).exists():
            raise JobActive(_("Something of this snapshot is being written; cancel that first."))
        names = [row.records, *files.values_list("file", flat=True)]
        record(row.project_id, Verb.SNAPSHOT_DELETED, user=user, number=row.number, sha256=row.sha256)
        row.delete()
    discard(names)


def _removable(ledger: SnapshotLedger) -> QuerySet[SnapshotFile]:
    """What lies beyond both limits, and can be made again."""
    age = max(GRACE, timedelta(days=ledger.keep_days or 0))
    old = SnapshotFile.objects.filter(
        snapshot__project=ledger.project_id, state=JobState.DONE, finished_at__lt=timezone.now() - age
    )
    if ledger.keep_last:
        newest = Snapshot.objects.filter(project=ledger.project_id).order_by("-number").values("pk")
        old = old.exclude(snapshot__in=newest[: ledger.keep_last])
    return old.exclude(file="").exclude(snapshot__records="")
