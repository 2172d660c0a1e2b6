"""Apache Parquet: a typed table, compressed column by column; what pandas, DuckDB and Hugging Face read fastest.

Written are the columns of CSV with the types of their values, and two that CSV has no place for: `labels` and
`annotations`, as JSON, from which it is read back whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _

from .arrow_tables import CARRIED, TableWriter
from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, Written
from .confined import ConfinedReading
from .own_votes import Asked, votes_of
from .readings import ReadingOf

MAGIC = b"PAR1"


class Parquet:
    """Reader and writer of `.parquet`."""

    name = "parquet"
    title = "Parquet"
    extensions: tuple[str, ...] = (".parquet",)
    media_type = "application/vnd.apache.parquet"
    reads = writes = keeps_split = keeps_gold = True
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        return 1.0 if head.startswith(MAGIC) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(ConfinedReading("parquet", path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return ReadingOf(ConfinedReading("parquet", path, start_after), voting)

    def leaves_out(self, shape: Shape) -> list[str]:
        return [_("Whether a number in the metadata was written as text.")] if shape.metadata else []

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """Row groups of 10,000 records, compressed with Zstandard."""
        written = Written()
        with TableWriter(target, shape) as table:
            for record in records:
                table.add(record)
                written.rows += 1
        return written


def voting(reading: ConfinedReading) -> Iterator[Row | BadRow]:
    """The verdicts of a table that may be one of ours: then its rows carry their votes."""
    ours = is_ours(reading.columns)
    for verdict in reading:
        yield with_votes(verdict) if ours and isinstance(verdict, Row) else verdict


def preview_of(reading: ConfinedReading, limit: int) -> Preview:
    """The start of a table, which is closed then."""
    found = reading.preview(limit)
    if is_ours(found.columns):
        asked = Asked()
        found.rows[:] = [with_votes(row) for row in found.rows]
        for row in found.rows:
            asked.look(row)
        told = dict.fromkeys(name for row in found.rows for name in row.values)
        found.columns[:] = [*(name for name in found.columns if name != "gold"), *(told.keys() - set(found.columns))]
        found.questions.extend(asked.questions())
    return found


def is_ours(columns: Iterable[str]) -> bool:
    return {"annotations", "external_id", "stage"} <= set(columns)


def with_votes(row: Row) -> Row:
    """The row with the JSON of its carried columns read, and with the votes that stand there."""
    values = {**row.values, **{name: _document(row.values[name]) for name in CARRIED if name in row.values}}
    gold = values.pop("gold", None)
    values.update({f"gold.{name}": answer for name, answer in gold.items()} if isinstance(gold, dict) else {})
    votes, losses = votes_of(values)
    return Row(row.line, values, votes, (*row.losses, *losses))


def _document(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return value
