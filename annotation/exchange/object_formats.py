"""Formats whose records are JSON objects with keys of their own; they come as JSON Lines, a JSON list or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import COLUMN_LIMIT, BadRow, Preview, Reading, Row, Setting, SourceVote, printable
from .confined import ConfinedReading
from .jsonl import preview_of
from .lines import LineReading, TextFile
from .parquet import MAGIC
from .tool_records import Unusable, first_objects, opened, records

Translated = tuple[dict[str, Any], tuple[SourceVote, ...], tuple[str, ...]]
"""Values by column, votes and losses of a record."""


class ObjectFormat:
    """A subclass says which records are its own, and what they become."""

    extensions: tuple[str, ...] = (".jsonl",)
    media_type = "application/x-ndjson"
    reads = writes = True
    keeps_split = False
    settings: tuple[Setting, ...] = ()

    def recognises(self, record: dict[str, Any]) -> bool:
        """Whether a record has the keys of this format."""
        raise NotImplementedError

    def translate(self, record: dict[str, Any]) -> Translated:
        """What a record becomes. Raises Unusable."""
        raise NotImplementedError

    def sniff(self, head: bytes, filename: str) -> float:
        found = first_objects(head)
        return 0.97 if found and all(self.recognises(record) for record in found) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(self.read(path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        with path.open("rb") as file:
            binary = file.read(len(MAGIC)) == MAGIC
        if binary:
            return _Translating(self, ConfinedReading("parquet", path, start_after))

        def verdicts(source: TextFile) -> Iterator[Row | BadRow]:
            for record in records(source):
                if record.line <= start_after:
                    continue
                yield record if isinstance(record, BadRow) else self.row(record.line, record.value, record.raw)

        return LineReading(opened(path), verdicts)

    def row(self, line: int, record: Any, raw: bytes | str) -> Row | BadRow:
        if not isinstance(record, dict) or len(record) > COLUMN_LIMIT:
            return BadRow.of(
                line,
                _("The record is no object, or has more than %(most)s keys.") % {"most": number(COLUMN_LIMIT)},
                raw,
            )
        try:
            values, votes, losses = self.translate(record)
        except Unusable as error:
            return BadRow.of(line, str(error), raw)
        return Row(line, values, votes, losses)


class _Translating:
    """A Reading of a table, each row of which is a record of the format."""

    def __init__(self, kind: ObjectFormat, rows: ConfinedReading) -> None:
        self.size = rows.size
        self._kind, self._rows = kind, rows

    @property
    def position(self) -> int:
        return self._rows.position

    def __iter__(self) -> Iterator[Row | BadRow]:
        return self

    def __next__(self) -> Row | BadRow:
        verdict = next(self._rows)
        if isinstance(verdict, BadRow):
            return verdict
        row = self._kind.row(verdict.line, verdict.values, printable(str(verdict.values)))
        return row if isinstance(row, BadRow) else Row(row.line, row.values, row.votes, (*verdict.losses, *row.losses))

    def close(self) -> None:
        self._rows.close()
