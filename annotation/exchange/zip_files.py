"""Zip files that are the same bytes for the same content: no time, no owner, no order but the given one."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from .base import Sink

_EPOCH = (1980, 1, 1, 0, 0, 0)


class ZipOutput:
    """A zip file written onto a target that cannot seek; entered and left with `with`."""

    def __init__(self, target: Sink) -> None:
        self._archive = zipfile.ZipFile(cast(Any, _Stream(target)), "w")

    def __enter__(self) -> ZipOutput:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._archive.close()

    @contextmanager
    def member(self, name: str, *, compressed: bool = True) -> Iterator[IO[bytes]]:
        """A file inside, to be written on from its beginning to its end."""
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        entry.external_attr = 0o644 << 16
        with self._archive.open(entry, "w", force_zip64=True) as file:
            yield file

    def add(self, name: str, content: bytes | Path, *, compressed: bool = True) -> None:
        """A member with these bytes, or with a file's."""
        with self.member(name, compressed=compressed) as member:
            if isinstance(content, bytes):
                member.write(content)
                return
            with content.open("rb") as source:
                shutil.copyfileobj(source, member, 1 << 20)


class _Stream:
    """What zipfile needs of a file that is only written on."""

    def __init__(self, target: Sink) -> None:
        self._target = target

    def write(self, data: bytes) -> int:
        self._target.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back here."""
