"""The rows of an Excel workbook, one at a time. Runs confined: its XML may unpack to anything."""

from __future__ import annotations

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

# What Excel itself can hold; numbers of rows beyond are made up.
MOST_ROWS, MOST_CELLS = 1_048_576, 16_384
NO_WORKBOOK = gettext_noop("This is no Excel workbook that can be read; save it anew as .xlsx.")
BURST = gettext_noop("The workbook unpacks to far more than its size; it is not read.")
TOO_MANY = gettext_noop("The row has more cells than the header.")
SHEETS = gettext_noop("The workbook has several sheets: “%(read)s” was read, not %(others)s.")


def open_rows(path: Path) -> Opened:
    _check_size(path)
    try:
        # As a file, because openpyxl judges a path by its name, and an upload has none of its own. This process ends
        # with the reading, and its files with it.
        book = openpyxl.load_workbook(path.open("rb"), read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise UnreadableFile(NO_WORKBOOK) from error
    read, others = [], []
    header: tuple[str, ...] = ()
    for sheet in book.worksheets:
        found = _header(sheet)
        # Sheets with the same header go on where the first one ended: a sheet has an end, a table need not.
        if found and (not header or found == header):
            header = found
            read.append(sheet)
        elif found:
            others.append(sheet.title)
    if not read:
        raise UnreadableFile(gettext_noop("The workbook is empty."))
    losses: tuple[Loss, ...] = ()
    if others:
        losses = ((SHEETS, {"read": read[0].title[:60], "others": ", ".join(name[:60] for name in others[:5])}),)
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


def _header(sheet: Any) -> tuple[str, ...]:
    """The first row that says something, up to its last cell that does."""
    return next((tuple("" if cell is None else str(cell) for cell in cells) for _n, cells in _filled(sheet)), ())


def _filled(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """(number, cells) of the rows that are not empty, without the empty cells at their end."""
    # The size that a sheet claims may be none, too small or far too large.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MOST_ROWS or len(row) > MOST_CELLS:
            raise UnreadableFile(NO_WORKBOOK)
        cells = list(row)
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if cells:
            yield number, cells


def _rows(sheets: list[Any], header: tuple[str, ...]) -> Iterator[Found]:
    before = 0
    for place, sheet in enumerate(sheets):
        rows = _filled(sheet)
        number, _cells = next(rows)
        expected = max(sheet.max_row or 0, 1)
        for number, cells in rows:
            share = (place + min(1.0, number / max(expected, number))) / len(sheets)
            if len(cells) > len(header):
                yield before + number, TOO_MANY, (), share
                continue
            cells += [None] * (len(header) - len(cells))
            values, losses = plain_row(dict(zip(header, cells, strict=True)))
            yield before + number, values, losses, share
        before += number
