"""One file a split, in a zip: for formats that do not say which split a record is in, and for whoever asks for it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from .base import Format, Shape, Sink, Written

EXTENSION, MEDIA_TYPE = ".zip", "application/zip"
# What belongs to no split.
REST = "rest"
_EPOCH = (1980, 1, 1, 0, 0, 0)


class _Member:
    """A file inside the zip, without the `seek` that a zip has no use for."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return cast(int, self._file.write(data))


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
    with zipfile.ZipFile(cast(Any, _Stream(target)), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for split in splits:
            member = zipfile.ZipInfo(f"{split or REST}{kind.extensions[0]}", _EPOCH)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            with archive.open(member, "w", force_zip64=True) as file:
                part = kind.write(records_of(split), _Member(file), shape, settings)
            written.rows += part.rows
            written.losses.update(part.losses)
    return written


class _Stream:
    """What zipfile needs of a file that can only be written on."""

    def __init__(self, target: Sink) -> None:
        self._target = target

    def write(self, data: bytes) -> int:
        self._target.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""
