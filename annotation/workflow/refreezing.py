"""Take records, or names, out of a snapshot that was frozen. It keeps its number, and says what went and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from annotation.exchange import Unwritable, Written
from annotation.exchange.frozen import SUFFIX, Freezer, thaw
from annotation.models import JobState, Snapshot, SnapshotFile, Verb
from annotation.questions import parse_questions

from .exporting import primary_file
from .formatting import kind_of_file, write_format
from .freezing import Tally, annotators_of
from .recording import record as record_event
from .shelving import Draft, discard, draft, on_disk, shelve, tidy
from .stepping import Steps, Stopped
from .terms import Terms
from .version import SOFTWARE

Record = dict[str, Any]
Each = TypeVar("Each")
# A record as it is to be, the same object where it stays as it was; None where it goes.
Edit = Callable[[Record], Record | None]

MADE_ANEW = "Something was erased from the snapshot, and this file with it. Make it again: it is made without it."


class Unseen(Steps):
    """Steps of a job whose row has no column for every record: it only stops where the job does."""

    def count(self, records: Iterable[Each], figure: str) -> Iterator[Each]:
        for each in records:
            if self.stopped:
                raise Stopped
            yield each


def refreeze(
    snapshot: Snapshot, edit: Edit, steps: Unseen, *, what: str, names: Mapping[str, str] | None = None
) -> bool:
    """Write the records again as `edit` leaves them, and the snapshot's file of them; False where nothing changes.

    `what` is told in the manifest and the log: “items” or “names”; `names` are changed in the manifest. Until all is
    written the snapshot is as it was; then the earlier files are gone from the disk, and what else was made of them is
    made again when asked for.
    Harmless when it runs twice. Raises Stopped, and OSError where the records are not whole.
    """
    owner, before = f"erasure-{snapshot.pk}", snapshot.records
    tidy(owner)
    with draft(owner) as records, draft(owner) as file:
        if not _write_records(snapshot, edit, records, steps, what, names or {}):
            return False
        written, refusal = _write_file(snapshot, records, file, steps)
        with transaction.atomic():
            made = _shelve(snapshot, records, file, written)
            gone = _replace(snapshot, before, made, file, written, refusal)
            if gone is not None:
                erasure = snapshot.manifest["erasures"][-1]
                told = {name: erasure[name] for name in ("what", "records", "records_sha256", "sha256")}
                record_event(snapshot.project_id, Verb.ERASED, snapshot=snapshot.number, **told)
    discard(made if gone is None else gone)
    return gone is not None


def _write_records(
    snapshot: Snapshot, edit: Edit, target: Draft, steps: Unseen, what: str, names: Mapping[str, str]
) -> bool:
    """Whether anything was touched: then the manifest in memory is that of what is left."""
    manifest, tally, freezer = snapshot.manifest, Tally(), Freezer(target)
    questions = parse_questions(manifest["questions"])
    touched = rows = 0
    for found in steps.count(thaw(on_disk(snapshot.records)), ""):
        left = edit(found)
        touched += left is not found
        if left is not None:
            rows += 1
            freezer.add(left)
            tally.count(left, left["annotations"], questions)
    freezer.close()
    target.flush()
    people = [[names.get(name, name), count] for name, count in manifest["annotators"]["people"]]
    if touched or people != manifest["annotators"]["people"]:
        erasure: Record = {
            "at": timezone.now().isoformat(timespec="seconds"),
            "what": what,
            "records": touched,
            "records_sha256": {"before": snapshot.records_sha256, "after": target.sha256},
        }
        erasure["told"] = _told(erasure)
        snapshot.manifest = {
            **manifest,
            **tally.told(questions),
            "rows": rows,
            "records": {"sha256": target.sha256, "size": target.size, "rows": rows},
            "annotators": {**manifest["annotators"], "people": people},
            "erasures": [*manifest.get("erasures", []), erasure],
        }
        # Without its annotations a snapshot still tells how much everyone answered, as when it was taken.
        if Terms.of(snapshot.options).annotations:
            snapshot.manifest["annotators"] = annotators_of(snapshot.project, tally)
        snapshot.rows = rows
    return snapshot.manifest is not manifest


def _told(erasure: Mapping[str, Any]) -> str:
    """A sentence for the dataset card, which is in English."""
    count, sums = erasure["records"], erasure["records_sha256"]
    items = "1 item" if count == 1 else f"{count:,} items"
    what = f"{items} went" if erasure["what"] == "items" else f"a name went from {items}"
    return (
        f"Erased on {erasure['at'][:10]}, after the snapshot was taken: {what}. SHA-256 of the records before: "
        f"`{sums['before']}`, since: `{sums['after']}`. How good the labels are, and what was generated, is said as of "
        "when it was taken."
    )


def _write_file(snapshot: Snapshot, records: Draft, target: Draft, steps: Unseen) -> tuple[Written | None, str]:
    """The file that was asked for with the snapshot, of records that have no name yet; or why it cannot be."""
    snapshot.records = f"snapshots/{records.path.name}"
    try:
        return write_format(snapshot, snapshot.format, snapshot.settings, target, steps, ""), ""
    except Unwritable as error:
        return None, str(error)


def _shelve(snapshot: Snapshot, records: Draft, file: Draft, written: Written | None) -> list[str]:
    """[records, file]; the file's name is empty where it could not be written, or retention has removed it."""
    snapshot.records = shelve(records, SUFFIX)
    made = primary_file(snapshot)
    if written is None or made is None or made.is_removed:
        return [snapshot.records, ""]
    extension, _media_type = kind_of_file(snapshot.manifest, snapshot.format, snapshot.settings)
    return [snapshot.records, shelve(file, extension)]


def _replace(
    snapshot: Snapshot, before: str, names: list[str], file: Draft, written: Written | None, refusal: str
) -> list[str] | None:
    """Write the rows. Answers which files nobody needs any more; None where the snapshot is another one meanwhile."""
    sha256, size = (file.sha256, file.size) if written else ("", 0)
    losses = dict(written.losses) if written else {}
    erasure = snapshot.manifest["erasures"][-1]
    erasure["sha256"] = {"before": snapshot.sha256, "after": sha256}
    snapshot.manifest |= {"sha256": sha256, "size": size, "losses": losses}
    held = Snapshot.objects.filter(pk=snapshot.pk, records=before, state=JobState.DONE).update(
        records=names[0],
        records_sha256=snapshot.manifest["records"]["sha256"],
        records_size=snapshot.manifest["records"]["size"],
        sha256=sha256,
        size=size,
        rows=snapshot.rows,
        total=snapshot.rows,
        written=snapshot.rows,
        manifest=snapshot.manifest,
    )
    if not held:
        return None
    files = SnapshotFile.objects.filter(Q(snapshot=snapshot) | Q(base=snapshot))
    gone = [before, *files.values_list("file", flat=True)]
    # Whoever is writing one of them finds that it is over.
    files.update(
        state=JobState.CANCELLED, error=MADE_ANEW, file="", sha256="", size=0, rows=0, losses={}, summary={},
        finished_at=Now(), leased_until=None,
    )  # fmt: skip
    if (made := primary_file(snapshot)) is not None:
        made.state, made.error = (JobState.DONE, "") if written else (JobState.FAILED, refusal)
        made.file, made.sha256, made.size, made.losses = names[1], sha256, size, losses
        made.rows = made.total = written.rows if written else 0
        made.software = SOFTWARE
        made.save()
    return gone
