"""One file a split, in a zip: for formats that do not say which split a record is in, and for whoever asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any

from .base import Format, Shape, Sink, Written
from .zip_files import ZipOutput

EXTENSION, MEDIA_TYPE = ".zip", "application/zip"
# What belongs to no split.
REST = "rest"


class _Member:
    """A file inside the zip, without the `seek` that a zip has no use for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)


def write_by_split(
    kind: Format,
    records_of: Callable[[str], Iterable[dict[str, Any]]],
    splits: Iterable[str],
    target: Sink,
    shape: Shape,
    settings: Mapping[str, str],
) -> Written:
    """Write each split as a file of its own, named for it. Same records, same bytes. `records_of` reads one split."""
    written = Written()
    with ZipOutput(target) as archive:
        for split in splits:
            with archive.member(f"{split or REST}{kind.extensions[0]}") as file:
                part = kind.write(records_of(split), _Member(file), shape, settings)
            written.rows += part.rows
            written.losses.update(part.losses)
    return written
