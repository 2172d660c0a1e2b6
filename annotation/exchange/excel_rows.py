"""The rows of an Excel workbook, one at a time. Runs confined: its XML may unpack to anything."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from annotation.questions.speech import gettext_noop

from .archives import MOST_RATIO, RATIO_FROM
from .base import UnreadableFile
from .confined import Found, Loss, Opened
from .plain_values import plain_row

# A sheet with its values, and, where the workbook has formulas, the same one with these.
Pair = tuple[Any, Any]
# What Excel itself can hold; numbers of rows beyond are made up.
MOST_ROWS, MOST_CELLS = 1_048_576, 16_384
NO_WORKBOOK = gettext_noop("This is no Excel workbook that can be read; save it anew as .xlsx.")
BURST = gettext_noop("The workbook unpacks to far more than its size; it is not read.")
TOO_MANY = gettext_noop("The row has more cells than the header.")
NO_RESULT = gettext_noop("A cell holds a formula without its result: open the workbook in Excel and save it anew.")
SHEETS = gettext_noop("The workbook has several sheets: “%(read)s” was read, not %(others)s.")
# A cell that is empty in the file, although a formula says that it is not.
_UNSAID = object()
_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_CHUNK = 1 << 20


def open_rows(path: Path) -> Opened:
    _check_size(path)
    try:
        # As a file, because openpyxl judges a path by its name, and an upload has none of its own. This process ends
        # with the reading, and its files with it.
        book = openpyxl.load_workbook(path.open("rb"), read_only=True, data_only=True, keep_links=False)
        # Most have none, and reading them twice takes twice as long.
        formulas = None
        if _has_formulas(path):
            formulas = openpyxl.load_workbook(path.open("rb"), read_only=True, keep_links=False)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableFile(NO_WORKBOOK) from error
    read, others = [], []
    header: tuple[str, ...] = ()
    for place, sheet in enumerate(book.worksheets):
        pair = sheet, formulas.worksheets[place] if formulas else None
        found = _header(pair)
        # Sheets with the same header go on where the first one ended: a sheet has an end, a table need not.
        if found and (not header or found == header):
            header = found
            read.append(pair)
        elif found:
            others.append(sheet.title)
    if not read:
        raise UnreadableFile(gettext_noop("The workbook is empty."))
    losses: tuple[Loss, ...] = ()
    if others:
        losses = ((SHEETS, {"read": read[0][0].title[:60], "others": ", ".join(name[:60] for name in others[:5])}),)
    return Opened(list(header), _rows(read, header), losses)


def _check_size(path: Path) -> None:
    packed = path.stat().st_size
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise UnreadableFile(NO_WORKBOOK) from error
    # What zipfile reads of a member ends where the directory says, so this cannot be a lie.
    if size > max(RATIO_FROM, packed * MOST_RATIO):
        raise UnreadableFile(BURST)


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.filename.startswith("xl/worksheets/"):
                with archive.open(entry) as file:
                    end = b""
                    while chunk := file.read(_CHUNK):
                        if _FORMULA.search(end + chunk):
                            return True
                        end = chunk[-80:]
    return False


def _header(sheet: Pair) -> tuple[str, ...]:
    """The first row that says something, up to its last cell that does."""
    first = next((cells for _number, cells in _filled(sheet)), [])
    return tuple("" if cell in (None, _UNSAID) else str(cell) for cell in first)


def _filled(pair: Pair) -> Iterator[tuple[int, list[Any]]]:
    """(number, cells) of the rows that are not empty, without the empty cells at their end."""
    # The size that a sheet claims may be none, too small or far too large.
    sheet, formulas = pair
    sheet.reset_dimensions()
    rows = sheet.iter_rows(values_only=True) if formulas is None else _with_unsaid(sheet, formulas)
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS or len(row) > MOST_CELLS:
            raise UnreadableFile(NO_WORKBOOK)
        cells = list(row)
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if cells:
            yield number, cells


def _with_unsaid(sheet: Any, formulas: Any) -> Iterator[list[Any]]:
    """Values, and _UNSAID for those that the program which wrote the file has not worked out."""
    formulas.reset_dimensions()
    for row, written in zip(sheet.iter_rows(), formulas.iter_rows(), strict=True):
        # A result that is an empty text is of a type of its own, and one that is not there of the usual.
        yield [
            _UNSAID if cell.value is None and cell.data_type == "n" and said.data_type == "f" else cell.value
            for cell, said in zip(row, written, strict=True)
        ]


def _rows(sheets: list[Pair], header: tuple[str, ...]) -> Iterator[Found]:
    before = 0
    for place, sheet in enumerate(sheets):
        rows = _filled(sheet)
        number, _cells = next(rows)
        expected = max(sheet[0].max_row or 0, 1)
        for number, cells in rows:
            share = (place + min(1.0, number / max(expected, number))) / len(sheets)
            if len(cells) > len(header):
                yield before + number, TOO_MANY, (), share
                continue
            if _UNSAID in cells:
                yield before + number, NO_RESULT, (), share
                continue
            cells += [None] * (len(header) - len(cells))
            values, losses = plain_row(dict(zip(header, cells, strict=True)))
            yield before + number, values, losses, share
        before += number
