"""The records of a snapshot as they are kept: canonical JSON, one record a line in the order of their ids, gzipped.

Everything that is made of a snapshot afterwards is read from here, so the same file can be made again at any time.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .base import Sink
from .canonical import canonical_json

Record = dict[str, Any]

SUFFIX = ".jsonl.gz"
# The fastest: a record costs less to compress than to make, and the file is a quarter of its text all the same.
LEVEL = 1
_GZIP = 31  # zlib's window bits for a gzip header with neither name nor time in it
_CHUNK = 1 << 20


class Freezer:
    """Compresses records into `target`. `close` writes what is left; the target stays open."""

    def __init__(self, target: Sink) -> None:
        self._target = target
        self._squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
        self._lines: list[bytes] = []

    def add(self, record: Record) -> None:
        self._lines.append(canonical_json(record))
        if len(self._lines) >= 500:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._target.write(self._squeeze.flush())

    def _flush(self) -> None:
        if self._lines:
            self._target.write(self._squeeze.compress(b"\n".join(self._lines) + b"\n"))
            self._lines.clear()


def lines_of(path: Path) -> Iterator[bytes]:
    """The records as they lie there, without their line ends. Raises OSError where the file is not whole."""
    with gzip.open(path, "rb") as file:
        rest = b""
        try:
            while chunk := file.read(_CHUNK):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from whole
        except (EOFError, zlib.error) as error:
            raise OSError(f"The records are damaged: {error}") from error


def thaw(path: Path) -> Iterator[Record]:
    """The records, in order. Raises OSError where the file is not whole."""
    return map(json.loads, lines_of(path))


def thaw_split(path: Path, split: str) -> Iterator[Record]:
    """Those of one split: the others are passed over unread."""
    mark = b'"split":' + canonical_json(split)
    for line in lines_of(path):
        # The mark may stand in a text as well, so what it finds is looked at.
        if mark in line and (record := json.loads(line))["split"] == split:
            yield record
