"""Formats whose records are JSON objects with keys of their own; they come as JSON Lines, a JSON list or Parquet."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import COLUMN_LIMIT, BadRow, Preview, Reading, Row, Setting, SourceVote, printable
from .confined import ConfinedReading
from .jsonl import preview_of
from .lines import TextFile
from .parquet import MAGIC
from .readings import ReadingOf
from .tool_records import Unusable, first_objects, opened, records

Translated = tuple[dict[str, Any], tuple[SourceVote, ...], tuple[str, ...]]
"""Values by column, votes and losses of a record."""


class ObjectFormat(ABC):
    """A subclass says which records are its own, and what they become."""

    extensions: tuple[str, ...] = (".jsonl",)
    media_type = "application/x-ndjson"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = ()

    @abstractmethod
    def recognises(self, record: dict[str, Any]) -> bool:
        """Whether a record has the keys of this format."""

    @abstractmethod
    def translate(self, record: dict[str, Any]) -> Translated:
        """What a record becomes. Raises Unusable."""

    def sniff(self, head: bytes, filename: str) -> float:
        found = first_objects(head)
        return 0.97 if found and all(self.recognises(record) for record in found) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(self.read(path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        with path.open("rb") as file:
            binary = file.read(len(MAGIC)) == MAGIC
        if binary:
            return ReadingOf(ConfinedReading("parquet", path, start_after), self._of_table)

        def verdicts(source: TextFile) -> Iterator[Row | BadRow]:
            for record in records(source):
                if record.line <= start_after:
                    continue
                yield record if isinstance(record, BadRow) else self._row(record.line, record.value, record.raw)

        return ReadingOf(opened(path), verdicts)

    def _of_table(self, rows: ConfinedReading) -> Iterator[Row | BadRow]:
        """Each row of a table is a record."""
        for found in rows:
            if isinstance(found, BadRow):
                yield found
                continue
            row = self._row(found.line, found.values, printable(str(found.values)))
            yield row if isinstance(row, BadRow) else replace(row, losses=(*found.losses, *row.losses))

    def _row(self, line: int, record: Any, raw: bytes | str) -> Row | BadRow:
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
