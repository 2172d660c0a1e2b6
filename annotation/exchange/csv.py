"""Comma-separated values: RFC 4180, with the delimiters, encodings and accidents of real spreadsheets.

Every record has as many cells as the header. What CSV cannot carry: the difference between missing and empty, and
between a number and its text; annotations and sources (use JSON Lines for those).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop, ngettext, number

from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, UnreadableFile, Written
from .columns import check_columns
from .lines import Lines, Pushback, decoded_head
from .readings import ReadingOf
from .records import Record, records
from .tables import cell, table_columns

DELIMITERS = (",", ";", "\t", "|")
SEPARATORS = {"comma": ",", "tab": "\t", "semicolon": ";"}
SETTINGS = (
    Setting(
        "spreadsheet_safe",
        gettext_noop("Cells that a spreadsheet would run as formulas"),
        (("yes", gettext_noop("Escaped by an apostrophe")), ("no", gettext_noop("As they are"))),
    ),
    Setting(
        "delimiter",
        gettext_noop("Between the cells"),
        (
            ("comma", gettext_noop("Commas")),
            ("tab", gettext_noop("Tabs (TSV)")),
            ("semicolon", gettext_noop("Semicolons")),
        ),
    ),
)
APOSTROPHES = gettext_noop(
    "An apostrophe before what a spreadsheet would run as a formula stays when the file is read back."
)
_SAMPLE_BYTES = 64_000
_SNIFFED = 50
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


class Csv:
    """Reader and writer of `.csv` and `.tsv`."""

    name = "csv"
    title = "CSV"
    extensions: tuple[str, ...] = (".csv", ".tsv")
    media_type = "text/csv"
    reads = writes = keeps_split = True
    keeps_gold = False
    settings: tuple[Setting, ...] = SETTINGS

    def sniff(self, head: bytes, filename: str) -> float:
        text = decoded_head(head)
        first = text.lstrip().partition("\n")[0]
        if "\0" in first or not first:
            return 0.0
        if filename.lower().endswith(self.extensions):
            return 0.7
        return 0.6 if _is_table(text) else 0.2

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        lines = Lines(path)
        try:
            header, rows = _open(lines, _delimiter(path))
            preview = Preview(header.cells, [], [])
            for record in islice(rows, limit * 5):
                verdict = _verdict(record, header.cells)
                if isinstance(verdict, BadRow):
                    preview.bad.append(verdict)
                else:
                    preview.rows.append(verdict)
                if len(preview.rows) >= limit:
                    break
            return preview
        finally:
            lines.close()

    def read(self, path: Path, start_after: int = 0, *, spreadsheet_safe: bool = False) -> Reading:
        """`spreadsheet_safe` takes away the apostrophes that the writer's option of that name put in."""
        delimiter = _delimiter(path)
        lines = Lines(path)
        try:
            header, rows = _open(lines, delimiter)
        except UnreadableFile:
            lines.close()
            raise
        columns = [unescape(name) for name in header.cells] if spreadsheet_safe else header.cells

        def verdicts(_: Lines) -> Iterator[Row | BadRow]:
            for record in rows:
                if record.line <= start_after:
                    continue
                verdict = _verdict(record, columns)
                if spreadsheet_safe and isinstance(verdict, Row):
                    verdict = Row(verdict.line, {name: unescape(cell) for name, cell in verdict.values.items()})
                yield verdict

        return ReadingOf(lines, verdicts)

    def leaves_out(self, shape: Shape) -> list[str]:
        return [
            _("Who said what: annotations are left out, their labels stay."),
            _("Whether a number was written as text, and whether a cell is empty or missing."),
            _(APOSTROPHES),
        ]

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """One flat row a record, with the columns of `tables`; what is neither text nor null is JSON in its cell.

        Text that a spreadsheet would run as a formula gets a leading apostrophe.
        """
        columns = table_columns(shape)
        table = ([cell(column.value(record)) for column in columns] for record in records)
        return write_table([column.name for column in columns], table, target, settings)


def write_table(header: list[str], rows: Iterable[list[str]], target: Sink, settings: Mapping[str, str]) -> Written:
    """A header and rows of cells, by the settings of `SETTINGS`."""
    spreadsheet_safe = settings.get("spreadsheet_safe", "yes") == "yes"
    delimiter = SEPARATORS[settings.get("delimiter", "comma")]
    writer = csv.writer(_Utf8(target), lineterminator="\r\n", delimiter=delimiter)
    writer.writerow(_escaped(header, spreadsheet_safe))
    written = Written()
    for cells in rows:
        writer.writerow(_escaped(cells, spreadsheet_safe))
        written.rows += 1
    return written


class _Utf8:
    """What csv.writer needs of a text file, over bytes; an io.TextIOWrapper would close the caller's file."""

    def __init__(self, target: Sink) -> None:
        self._target = target

    def write(self, text: str) -> object:
        return self._target.write(text.encode())


def escape(cell: str) -> str:
    """Text that a spreadsheet shows instead of running. `unescape` is its inverse for every text."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _escaped(cells: list[str], spreadsheet_safe: bool) -> list[str]:
    return [escape(cell) for cell in cells] if spreadsheet_safe else cells


def _open(lines: Lines, delimiter: str) -> tuple[Record, Iterator[Record | BadRow]]:
    """The checked header, and an iterator over what follows it."""
    rows = records(Pushback(lines), delimiter)
    header = next(rows, None)
    if header is None:
        raise UnreadableFile(_("The file is empty."))
    if isinstance(header, BadRow):
        raise UnreadableFile(
            _("The header (line %(line)s) cannot be read: %(reason)s") % {"line": header.line, "reason": header.reason}
        )
    names = header.cells
    check_columns(names, header.line)
    return header, rows


def _is_table(text: str) -> bool:
    """Whether some delimiter cuts nearly all of the first lines into as many cells as the first one."""
    for delimiter in DELIMITERS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            cells = [len(row) for row in islice(rows, _SNIFFED) if row]
        except csv.Error:
            continue
        # What was read of the file may end within a row.
        cells = cells[:-1] if len(cells) > 2 else cells
        if cells and cells[0] > 1 and cells.count(cells[0]) >= 0.9 * len(cells):
            return True
    return False


def _verdict(record: Record | BadRow, columns: list[str]) -> Row | BadRow:
    if isinstance(record, BadRow):
        return record
    if len(record.cells) != len(columns):
        reason = _("The row has %(cells)s, the header has %(columns)s.") % {
            "cells": _cells(len(record.cells)),
            "columns": len(columns),
        }
        return BadRow.of(record.line, reason, record.raw)
    return Row(record.line, dict(zip(columns, record.cells, strict=True)))


def _cells(count: int) -> str:
    return ngettext("%(count)s cell", "%(count)s cells", count) % {"count": number(count)}


def _delimiter(path: Path) -> str:
    """The delimiter under which most of the first records have as many cells as the header.

    A delimiter that is not in the header counts only when none is: then the file has one column.
    """
    lines = Lines(path)
    try:
        sample, size = [], 0
        for line in lines:
            sample.append(line)
            size += len(line.data)
            if size > _SAMPLE_BYTES:
                break
    finally:
        lines.close()

    def fit(delimiter: str) -> tuple[bool, float, int]:
        outcomes = list(records(Pushback(sample), delimiter))
        widths = [len(outcome.cells) if isinstance(outcome, Record) else 0 for outcome in outcomes]
        if not widths:
            return False, 0.0, 0
        share = widths.count(widths[0]) / len(widths) if widths[0] else 0.0
        return delimiter.encode() in header, share, widths[0]

    header = next((line.data for line in sample if line.data.strip()), b"")
    # `max` keeps the first of equals, so the order of DELIMITERS is the preference.
    return max(DELIMITERS, key=fit)
