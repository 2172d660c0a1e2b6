"""Open the files that people may take away; who may was decided before."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from annotation.exchange.csv import escape
from annotation.exchange.frozen import SUFFIX
from annotation.models import ImportJob, JobState, RejectedRow, Snapshot, SnapshotFile
from annotation.reports.dataset_card import dataset_card

from .deriving import DIFFERENCE_TYPE, extension_of
from .errors import JobActive
from .exporting import primary_file
from .formatting import kind_of_file
from .shelving import on_disk


@dataclass(frozen=True, slots=True)
class Download:
    """An open file with the name to give it. `sha256` is that of its bytes, in hex; `size` counts them."""

    file: BinaryIO
    name: str
    media_type: str
    sha256: str
    size: int

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'

    @property
    def headers(self) -> dict[str, str]:
        """So that whoever downloads it can check what arrived, and no browser guesses a type."""
        return {
            "ETag": self.etag,
            "X-Checksum-SHA256": self.sha256,
            "X-Content-Type-Options": "nosniff",
            "Accept-Ranges": "bytes",
        }


def open_snapshot(snapshot: Snapshot) -> Download:
    """The finished snapshot's file; the caller closes it. Raises JobActive when there is none (yet, or any more)."""
    made = primary_file(snapshot)
    if snapshot.state != JobState.DONE or made is None:
        raise JobActive(_("This snapshot is not finished, so there is no file to download."))
    return open_file(made)


def open_file(made: SnapshotFile) -> Download:
    """A finished file of a snapshot; the caller closes it. Raises JobActive when there is none (yet, or any more)."""
    if made.is_active:
        raise JobActive(_("This file is being written."))
    if made.is_removed:
        raise JobActive(
            _("The file was removed from the server's disk. Ask for it again: it is made anew from the frozen records.")
        )
    if made.state != JobState.DONE:
        raise JobActive(_("This file was not written: %(reason)s") % {"reason": made.error or made.state})
    suffix, media_type = extension_of(made), DIFFERENCE_TYPE
    # Many formats end alike.
    name = f"{made.snapshot}{'' if suffix == f'.{made.format}' else f'-{made.format}'}{suffix}"
    if made.base:
        name = f"{made.snapshot}-from-{made.base.number:03}{suffix}"
    else:
        media_type = kind_of_file(made.snapshot.manifest, made.format, made.settings)[1]
    return Download(_opened(made.file), name, media_type, made.sha256, made.size)


def open_records(snapshot: Snapshot) -> Download:
    """The frozen records themselves: canonical JSON Lines, gzipped."""
    _finished(snapshot)
    file = _opened(snapshot.records)
    return Download(
        file, f"{snapshot}.records{SUFFIX}", "application/gzip", snapshot.records_sha256, snapshot.records_size
    )


def open_manifest(snapshot: Snapshot) -> Download:
    _finished(snapshot)
    text = json.dumps(snapshot.manifest, ensure_ascii=False, indent=2, sort_keys=True)
    return _made_of(f"{text}\n", f"{snapshot}.manifest.json", "application/json")


def open_card(snapshot: Snapshot) -> Download:
    """The dataset card, as Markdown."""
    _finished(snapshot)
    return _made_of(dataset_card(snapshot.manifest), f"{snapshot}.README.md", "text/markdown; charset=utf-8")


def _finished(snapshot: Snapshot) -> None:
    if snapshot.state != JobState.DONE:
        raise JobActive(_("This snapshot is not finished, so there is no file to download."))
    if not snapshot.records:
        raise JobActive(_("This snapshot was made before records were kept; only its file can be had."))


def _opened(name: str) -> BinaryIO:
    try:
        return on_disk(name).open("rb")
    except OSError as error:
        raise JobActive(
            _("The file is gone from the server's disk. Ask for it again: it is made anew from the frozen records.")
        ) from error


def _made_of(text: str, name: str, media_type: str) -> Download:
    data = text.encode()
    return Download(io.BytesIO(data), name, media_type, hashlib.sha256(data).hexdigest(), len(data))


def rejected_rows_name(job: ImportJob) -> str:
    """The name to give the CSV: ours, not the uploader's, which may hold anything."""
    return f"rejected-rows-{job.pk}.csv"


def rejected_rows_csv(job: ImportJob) -> Iterator[str]:
    """Lines of a CSV with line, reason and the start of every refused row; safe to open in a spreadsheet."""
    writer = csv.writer(_Lines(), lineterminator="\r\n")
    yield writer.writerow(["line", "reason", "row"])
    rows = RejectedRow.objects.filter(job=job).order_by("line").values_list("line", "reason", "excerpt")
    for line, reason, excerpt in rows.iterator(chunk_size=2_000):
        yield writer.writerow([str(line), escape(reason), escape(excerpt)])


def losses_name(job: ImportJob) -> str:
    return f"losses-{job.pk}.csv"


def losses_csv(job: ImportJob) -> Iterator[str]:
    """Lines of a CSV: what came in without something it had, how often, the first lines, and what it was there."""
    writer = csv.writer(_Lines(), lineterminator="\r\n")
    yield writer.writerow(["loss", "count", "line", "example"])
    for loss in job.losses.all():
        for line, example in loss.examples or [["", ""]]:
            yield writer.writerow([escape(loss.sentence), str(loss.count or ""), str(line), escape(example)])


def spreadsheet(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a CSV that is safe to open in a spreadsheet."""
    writer = csv.writer(_Lines(), lineterminator="\r\n")
    for row in rows:
        yield writer.writerow([escape(cell) for cell in row])


class _Lines:
    """What csv.writer writes to; `writerow` answers what `write` answers, so each line is handed on as it is made."""

    def write(self, line: str) -> str:
        return line
