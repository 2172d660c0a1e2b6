"""What every file format answers, and the records that travel between files and the workflow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

COLUMN_LIMIT = 1_000
EXCERPT_LENGTH = 200


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; the message is a sentence for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the file says it. `line` is the physical 1-based line where it starts."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """One record that cannot be imported, and why. Safe to store and show: no NUL, no lone surrogate."""

    line: int
    reason: str
    excerpt: str

    @classmethod
    def of(cls, line: int, reason: str, raw: str | bytes) -> BadRow:
        return cls(line, printable(reason, 500), printable(raw))


@dataclass(frozen=True, slots=True)
class ImportedItem:
    """One item ready to be stored. `content_hash` is the 32-byte SHA-256 of `fields`."""

    line: int
    fields: dict[str, Any]
    external_id: str
    metadata: dict[str, Any]
    gold: dict[str, Any]
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Preview:
    """The start of a file: its columns in order, the first good rows, and the bad ones met on the way."""

    columns: list[str]
    rows: list[Row]
    bad: list[BadRow]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a flat file needs to know before its first record: names of fields, questions and metadata keys.

    `soft`: the questions of which some labels are ambiguous and have a distribution.
    """

    fields: tuple[str, ...]
    questions: tuple[str, ...]
    metadata: tuple[str, ...] = field(default=())
    soft: tuple[str, ...] = field(default=())


class Reading(Protocol):
    """A file being read: an iterator of verdicts, and how far it has come."""

    size: int

    @property
    def position(self) -> int:
        """Bytes consumed so far; equals `size` at the end."""

    def __iter__(self) -> Iterator[Row | BadRow]: ...

    def __next__(self) -> Row | BadRow: ...

    def close(self) -> None: ...


class Sink(Protocol):
    """Where a file is written to."""

    def write(self, data: bytes, /) -> object: ...


class Format(Protocol):
    """The contract of one file in `exchange/`.

    `write` takes export records: `id, external_id, fields, metadata, stage, split, source`,
    `labels: {question: {value, decided_by, by, posterior, votes, method, distribution?}}` (the last where the method is
    “ambiguous”: the shares of its keys) and
    `annotations: [{annotator, kind, answers, distribution, confidence, at}]`, all of them JSON values.
    """

    name: str
    title: str
    extensions: tuple[str, ...]
    media_type: str

    def sniff(self, head: bytes, filename: str) -> float:
        """How likely the file is of this format, 0 to 1, by its first bytes and its name."""

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        """Columns and the first `limit` good rows. Raises UnreadableFile."""

    def read(self, path: Path, start_after: int = 0) -> Reading:
        """Verdicts in file order, in bounded memory, for records that start after line `start_after`.

        Raises UnreadableFile at once when there is nothing to read by.
        """

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, *, spreadsheet_safe: bool = True
    ) -> int:
        """Stream the records; answers how many were written. Same records, same bytes."""


def printable(raw: str | bytes, limit: int = EXCERPT_LENGTH) -> str:
    """At most `limit` characters that PostgreSQL and a page can hold; what they cannot becomes U+FFFD."""
    if isinstance(raw, bytes):
        raw = raw[: limit * 4 + 4].decode("utf-8", "replace")
    text = raw.strip()
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
