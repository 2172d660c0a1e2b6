"""A table of votes as crowd-sourcing tools keep it: one row per answer, `item_id,annotator,label`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .base import BadRow, Row, UnreadableFile, printable
from .csv import Csv

COLUMNS = ("item_id", "annotator", "label")


@dataclass(frozen=True, slots=True)
class VoteTable:
    """`votes`: {(item, annotator): label}, in the file's order. `bad`: rows that are none. `repeated`: lines on which
    somebody answered an item again; their last answer counts."""

    votes: dict[tuple[str, str], str]
    bad: list[BadRow]
    repeated: list[int]


def read_votes(path: Path) -> VoteTable:
    """The votes of a CSV file, in whatever delimiter and encoding spreadsheets write; further columns are ignored.

    Raises UnreadableFile when a column is missing or no row is a vote, OSError when there is no such file.
    """
    missing = [name for name in COLUMNS if name not in Csv().columns_and_preview(path, 1).columns]
    if missing:
        raise UnreadableFile(
            f"{path.name} has no column “{missing[0]}” in its first line; it needs {', '.join(COLUMNS)}."
        )
    table = VoteTable({}, [], [])
    rows = Csv().read(path)
    try:
        for row in rows:
            verdict = _vote(row) if isinstance(row, Row) else row
            if isinstance(verdict, BadRow):
                table.bad.append(verdict)
                continue
            item, annotator, label = verdict
            if (item, annotator) in table.votes:
                table.repeated.append(row.line)
            table.votes[item, annotator] = label
    finally:
        rows.close()
    if not table.votes:
        first = f" Line {table.bad[0].line}: {table.bad[0].reason}" if table.bad else ""
        raise UnreadableFile(f"{path.name} has no votes.{first}")
    return table


def _vote(row: Row) -> tuple[str, str, str] | BadRow:
    item, annotator, label = (str(row.values[name]).strip() for name in COLUMNS)
    for name, cell in zip(COLUMNS, (item, annotator, label), strict=True):
        if not cell:
            return BadRow(row.line, f"“{name}” is empty.", printable(",".join(map(str, row.values.values()))))
    return item, annotator, label
