"""Take a backup while the site is at work."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import database
from .archive import DUMP, FILES, SECRET, Progress, read_manifest, writing


@dataclass(frozen=True, slots=True)
class Taken:
    """What a backup holds: rows in all tables, files, and the archive's size in bytes."""

    rows: int
    files: int
    size: int


def take(
    out: Path,
    *,
    url: str,
    files: Path,
    facts: Mapping[str, Any],
    secret: Path | None = None,
    progress: Progress = lambda read: None,
) -> Taken:
    """Write the database at `url` and the folder `files` to `out`, whole or not at all; `out` is its owner's alone.

    `facts` go into the manifest. `secret`: the file with the site's key, where it is to be taken along. The archive
    is read once more before it gets its name. Raises DatabaseRefused, BrokenBackup, OSError.
    """
    draft = out.with_name(f".{out.name}.part")
    try:
        # Beside the files, where they can be linked: that costs nothing, and holds what is deleted meanwhile.
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=_parent(files)) as folder:
            held, dumped = Path(folder) / "files", Path(folder) / DUMP
            # Before and after the moment of the dump: whatever its rows speak of was there at one of the two.
            _hold(files, held)
            with database.frozen(url) as (moment, connection):
                _hold(files, held)
                database.dump(url, moment, dumped)
                tables = database.fingerprints(connection)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as target:
                with writing(target, progress) as writer:
                    writer.add(dumped, DUMP)
                    for path in sorted(each for each in held.rglob("*") if each.is_file()):
                        writer.add(path, f"{FILES}{path.relative_to(held).as_posix()}")
                    if secret is not None:
                        writer.add(secret, SECRET)
                    writer.finish({**facts, "tables": tables})
                target.flush()
                os.fsync(target.fileno())
        read_manifest(draft)
        draft.replace(out)
    finally:
        draft.unlink(missing_ok=True)
    count = sum(name.startswith(FILES) for name in writer.members)
    return Taken(sum(table["rows"] for table in tables.values()), count, out.stat().st_size)


def _parent(files: Path) -> Path:
    files.mkdir(mode=0o700, parents=True, exist_ok=True)
    return files.parent


def _hold(files: Path, held: Path) -> None:
    """Link every file that is not held yet. Drafts have no name of their own: nothing speaks of them."""
    for path in files.rglob("*"):
        target = held / path.relative_to(files)
        if path.name.startswith(".") or path.is_symlink() or not path.is_file() or target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # It may have been deleted since it was listed; then no row needs it.
        with suppress(FileNotFoundError):
            try:
                os.link(path, target)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    raise
                shutil.copy2(path, target)
