"""CSV records out of physical lines: which lines belong together, and what is given up when a quote goes wrong."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

from annotation.questions.speech import gettext as _

from .base import BadRow
from .lines import LINE_LIMIT, Line, Pushback, too_long

RECORD_LINES = 10_000
# A line such as `b","` opens a quote wherever reading starts, so starting again after each would be quadratic.
RESTARTS = 20

# The limit of the csv module (131,072 characters, one for the whole process) is below ours, which is the record's.
csv.field_size_limit(LINE_LIMIT * 2)


class Record(NamedTuple):
    """`line` is where the record starts; `raw` its bytes, line ending included."""

    line: int
    cells: list[str]
    raw: bytes


class _Misquoted(ValueError):
    """The quotes make no sense, so where the record ends is a guess."""


class _Cells:
    """One csv.reader for all records: to make one takes as long as to read a row."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        self._begin()

    def record(self, text: str) -> list[str]:
        """Raises csv.Error."""
        line = text.removesuffix("\n").removesuffix("\r")
        if line and '"' not in line and "\r" not in line and "\n" not in line:
            # Without quotes there is nothing to it.
            return line.split(self._delimiter)
        self._texts.append(text)
        try:
            return next(self._reader)
        except csv.Error:
            # It may have come to the end of what there was to read, which is final.
            self._begin()
            raise

    def _begin(self) -> None:
        self._texts: list[str | None] = [None]
        self._reader = csv.reader(iter(self._texts.pop, None), delimiter=self._delimiter, strict=True)


def records(lines: Pushback, delimiter: str) -> Iterator[Record | BadRow]:
    """Physical lines joined where a quoted cell spans several; blank lines between records are skipped.

    When quotes make no sense only the first line is given up: reading starts again with the next.
    """
    separator, restarts = delimiter.encode(), RESTARTS
    cells = _Cells(delimiter)
    while line := lines.take():
        taken, closed = _take_record(line, lines, separator)
        try:
            outcome = _parse(taken, closed, cells)
        except _Misquoted as error:
            reason = str(error)
            if len(taken) > 1 and restarts:
                restarts -= 1
                lines.give_back(taken[1:])
            elif len(taken) > 1:
                reason += _(" Lines %(first)s to %(last)s were skipped.") % {
                    "first": line.number,
                    "last": taken[-1].number,
                }
            outcome = BadRow.of(line.number, reason, line.data)
        if outcome is not None:
            yield outcome


def _take_record(first: Line, lines: Pushback, separator: bytes) -> tuple[list[Line], bool]:
    """The lines of one record, and whether its last quote is closed."""
    taken, size = [first], len(first.data)
    quoted = first.whole and _ends_quoted(first.data, separator, quoted=False)
    while quoted and size <= LINE_LIMIT and len(taken) < RECORD_LINES:
        line = lines.take()
        if line is None:
            break
        taken.append(line)
        size += len(line.data)
        if not line.whole:
            break
        quoted = _ends_quoted(line.data, separator, quoted=True)
    return taken, not quoted


def _ends_quoted(data: bytes, separator: bytes, *, quoted: bool) -> bool:
    """Whether a quoted cell is still open at the end of the line. Quotes inside a bare cell are ordinary."""
    position = 0
    while True:
        quote = data.find(b'"', position)
        if quote < 0:
            return quoted
        if quoted and data.startswith(b'""', quote):
            position = quote + 2
        elif not quoted and (quote == position or data.startswith(separator, quote - 1)):
            quoted, position = True, quote + 1
        else:
            quoted = False
            position = data.find(separator, quote) + 1
            if not position:
                return False


def _parse(taken: list[Line], closed: bool, cells_of: _Cells) -> Record | BadRow | None:
    """None for a blank line. Raises _Misquoted."""
    first = taken[0]
    if not first.whole:
        return BadRow.of(first.number, too_long(), first.data)
    if not closed:
        raise _Misquoted(_("A quote is opened and not closed in time."))
    raw = first.data if len(taken) == 1 else b"".join(line.data for line in taken)
    try:
        cells = cells_of.record(raw.decode())
    except UnicodeDecodeError as error:
        return BadRow.of(
            first.number, _("The row is not valid UTF-8 (byte %(start)s).") % {"start": error.start + 1}, raw
        )
    except csv.Error as error:
        raise _Misquoted(_explain(str(error))) from error
    return Record(first.number, cells, raw) if cells else None


def _explain(message: str) -> str:
    """The csv module's error as a sentence for the person who made the file."""
    if "expected after" in message:
        return _("There is text right after a closing quote; a quote inside a quoted cell is written twice.")
    if "new-line character" in message:
        return _("There is a bare carriage return outside quotes; save the file with ordinary line endings.")
    return _("The row is not valid CSV: %(message)s.") % {"message": message}
