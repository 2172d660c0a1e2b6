"""Excel workbooks (.xlsx): a sheet of rows, read and written as a stream.

Of several sheets the first with a header is read, and those after it that have the same one; which were not is told.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

from annotation.lazily import Library
from annotation.questions.speech import gettext as _

from .base import Preview, Reading, Setting, Shape, Sink, Written
from .confined import ConfinedReading
from .tables import NUMBER, WHOLE, cell, table_columns
from .zip_files import ZipOutput

ROWS_A_SHEET = 1_048_575
CELL_LIMIT = 32_767
# Characters that XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PARTS = (b"[Content_Types].xml", b"xl/", b"docProps/")
_MADE = (
    b'<?xml version="1.0"?><cp:coreProperties '
    b'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_openpyxl = Library("openpyxl")
_cells = Library("openpyxl.cell")
_saving = Library("openpyxl.writer.excel")


class Excel:
    """Reader and writer of `.xlsx`."""

    name = "excel"
    title = "Excel"
    extensions: tuple[str, ...] = (".xlsx", ".xlsm")
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    reads = writes = keeps_split = True
    keeps_gold = False
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        return 1.0 if head.startswith(b"PK\x03\x04") and any(part in head for part in _PARTS) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return ConfinedReading("excel", path).preview(limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return ConfinedReading("excel", path, start_after)

    def leaves_out(self, shape: Shape) -> list[str]:
        return [
            _("Who said what: annotations are left out, their labels stay."),
            _("Whether a cell is empty or missing, and characters beyond %(limit)s in a cell.") % {"limit": CELL_LIMIT},
        ]

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """The columns of CSV; no cell is ever a formula. A sheet that is full goes on in the next, header and all."""
        columns = table_columns(shape)
        header = [column.name for column in columns]
        written = Written()
        book = _openpyxl.Workbook(write_only=True)
        sheet = None
        for record in records:
            if sheet is None or written.rows % ROWS_A_SHEET == 0:
                sheet = _new_sheet(book, header, written.losses)
            numeric = (column.kind in (WHOLE, NUMBER, "answer:rating") for column in columns)
            values = [column.value(record) for column in columns]
            sheet.append(
                [
                    value if is_number and isinstance(value, int | float) else _text(sheet, value, written.losses)
                    for value, is_number in zip(values, numeric, strict=True)
                ]
            )
            written.rows += 1
        if sheet is None:
            _new_sheet(book, header, written.losses)
        with tempfile.TemporaryFile() as draft:
            _saving.save_workbook(book, draft)
            _repack(draft, target)
        return written


def _new_sheet(book: Any, header: list[str], losses: Counter[str]) -> Any:
    sheet = book.create_sheet(f"Data {len(book.worksheets) + 1}" if book.worksheets else "Data")
    sheet.append([_text(sheet, name, losses) for name in header])
    return sheet


def _text(sheet: Any, value: Any, losses: Counter[str]) -> Any:
    """A cell of text, which no spreadsheet runs; None for an empty one."""
    text = cell(value)
    if not text:
        return None
    if _UNWRITABLE.search(text):
        losses[_("A control character, which Excel cannot hold: left out.")] += 1
        text = _UNWRITABLE.sub("", text)
    if "\r" in text:
        losses[_("A carriage return, which is a line feed in Excel.")] += 1
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > CELL_LIMIT:
        losses[
            _("A text of more than %(limit)s characters, which is all that a cell holds: cut off.")
            % {"limit": CELL_LIMIT}
        ] += 1
        text = text[:CELL_LIMIT]
    found = _cells.WriteOnlyCell(sheet)
    # Not by `value=`, which would take “=1+1” for a formula and “#N/A” for an error.
    found._value, found.data_type = text, "s"
    return found


def _repack(draft: IO[bytes], target: Sink) -> None:
    """The same workbook without the time it was made at."""
    with zipfile.ZipFile(draft) as archive, ZipOutput(target) as output:
        for entry in archive.infolist():
            if entry.filename == "docProps/core.xml":
                output.add(entry.filename, _MADE)
                continue
            with archive.open(entry) as source, output.member(entry.filename) as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
