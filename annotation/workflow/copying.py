"""Rows by the thousand, as PostgreSQL's COPY reads them: lines of text that are spelled here and sent in large pieces.

psycopg would look up how to write every single value, and send so few rows at once that the database waits for whatever
else this process is at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from django.db import connection

from annotation.exchange import spelled

NULL = "\\N"
_AT_ONCE = 1_000


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Insert rows whose cells are spelled by the functions below, or are plain words and numbers."""
    lines = map("\t".join, rows)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy,
    ):
        while piece := list(islice(lines, _AT_ONCE)):
            copy.write("\n".join(piece) + "\n")


def text(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def document(value: object) -> str:
    """JSON."""
    return escaped(spelled(value)) if value else "{}"


def escaped(spelling: str) -> str:
    """JSON that is spelled already: it has no line ends or tabs of its own."""
    return spelling.replace("\\", "\\\\")


def number(value: float | None) -> str:
    return NULL if value is None else str(value)


def flag(value: bool | None) -> str:
    return NULL if value is None else "t" if value else "f"


def binary(value: bytes) -> str:
    return f"\\\\x{value.hex()}"


def array(values: Iterable[str]) -> str:
    """Texts."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return text("{" + ",".join([f'"{value}"' for value in quoted]) + "}")
