"""Open the files that people may take away; who may was decided before."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _

from annotation.exchange import FORMATS
from annotation.exchange.csv import escape
from annotation.models import ImportJob, JobState, RejectedRow, Snapshot

from .errors import JobActive
from .exporting import path_of


@dataclass(frozen=True, slots=True)
class Download:
    """An open file with the name to give it. `sha256` is that of its bytes, in hex."""

    file: BinaryIO
    name: str
    media_type: str
    sha256: str

    @property
    def headers(self) -> dict[str, str]:
        """So that whoever downloads it can check what arrived, and no browser guesses a type."""
        return {
            "ETag": f'"{self.sha256}"',
            "X-Checksum-SHA256": self.sha256,
            "X-Content-Type-Options": "nosniff",
        }


def open_snapshot(snapshot: Snapshot) -> Download:
    """The finished snapshot's file; the caller closes it. Raises JobActive when there is none (yet, or any more)."""
    if snapshot.state != JobState.DONE:
        raise JobActive(_("This snapshot is not finished, so there is no file to download."))
    kind = FORMATS[snapshot.format]
    try:
        file = path_of(snapshot).open("rb")
    except OSError as error:
        raise JobActive(_("The snapshot's file is gone from the server's disk; make a new snapshot.")) from error
    return Download(file, f"{snapshot}{kind.extensions[0]}", kind.media_type, snapshot.sha256)


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


def spreadsheet(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a CSV that is safe to open in a spreadsheet."""
    writer = csv.writer(_Lines(), lineterminator="\r\n")
    for row in rows:
        yield writer.writerow([escape(cell) for cell in row])


class _Lines:
    """What csv.writer writes to; `writerow` answers what `write` answers, so each line is handed on as it is made."""

    def write(self, line: str) -> str:
        return line
