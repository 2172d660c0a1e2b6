"""Keep the files of snapshots: named for what is in them, whole or not at all, and gone once no row names them."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection, transaction

from annotation.models import Snapshot, SnapshotFile

# One for all: whoever puts a file on the shelf, or takes one from it, holds it until the row that says so is committed.
LOCK = 0x5E1F


class Draft:
    """A file being written. Knows the SHA-256 and the size of what went into it."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        self.size += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@contextmanager
def draft(owner: str) -> Iterator[Draft]:
    """A file to write, which is on the disk when the block ends without an error.

    It goes where `shelve` was not called meanwhile; what a killed process leaves goes by `tidy(owner)`.
    """
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f".{owner}-{uuid.uuid4().hex}.part"
    try:
        with path.open("wb") as file:
            yield Draft(file, path)
    finally:
        path.unlink(missing_ok=True)


def shelve(made: Draft, suffix: str) -> str:
    """Name a finished draft for the SHA-256 of its bytes. Call inside its block, in the transaction of its row."""
    made.flush()
    # A file that is not on the disk yet must not be promised by a row that is.
    with made.path.open("rb") as file:
        os.fsync(file.fileno())
    _hold()
    name = f"snapshots/{made.sha256}{suffix}"
    made.path.replace(on_disk(name))
    return name


def discard(names: Iterable[str]) -> None:
    """Remove those files that no row names any more; call once the rows are written."""
    with transaction.atomic():
        _hold()
        for name in sorted(set(names) - {""}):
            if not (Snapshot.objects.filter(records=name).exists() or SnapshotFile.objects.filter(file=name).exists()):
                on_disk(name).unlink(missing_ok=True)


def tidy(owner: str) -> None:
    """Remove what killed or overtaken attempts left."""
    for path in _folder().glob(f".{owner}-*.part"):
        path.unlink(missing_ok=True)


def on_disk(name: str) -> Path:
    """Where a file lies."""
    return Path(settings.SYNTHWEB_FILES) / name


def _folder() -> Path:
    return Path(settings.SYNTHWEB_FILES) / "snapshots"


def _hold() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
