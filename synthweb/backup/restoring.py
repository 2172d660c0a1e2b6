"""Put a backup back: into an empty site, or in place of what a site holds."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from . import database
from .archive import DUMP, FILES, SECRET, BrokenBackup, Progress, read_manifest, unpack


class NotEmpty(RuntimeError):
    """The site holds data, and nobody said that it may be replaced."""


class SiteRuns(RuntimeError):
    """Somebody is connected to the database that would be replaced under them."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there again. `secret`: the key that the backup brought, where it did."""

    rows: int
    files: int
    secret: bytes | None
    manifest: dict[str, Any]


def restore(
    path: Path,
    *,
    url: str,
    files: Path,
    replace: bool = False,
    migrate: Callable[[], object],
    progress: Progress = lambda read: None,
) -> Restored:
    """Check the backup, load it in one transaction, compare every table with what was counted, then `migrate`.

    Raises BrokenBackup before anything is touched; NotEmpty where there is data and not `replace`; SiteRuns;
    DatabaseRefused, after which the site is as it was; OSError.
    """
    manifest = read_manifest(path, progress)
    _check_site(url, replace)
    files.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=files.parent) as folder:
        unpack(path, Path(folder), progress)
        database.load(url, Path(folder) / DUMP)
        _compare(url, manifest)
        held = Path(folder) / FILES
        held.mkdir(mode=0o700, exist_ok=True)
        files.rename(Path(folder) / "before")
        held.rename(files)
        secret = Path(folder) / SECRET
        key = secret.read_bytes() if secret.exists() else None
        shutil.rmtree(Path(folder) / "before")
    migrate()
    rows = sum(table["rows"] for table in manifest["tables"].values())
    return Restored(rows, sum(name.startswith(FILES) for name in manifest["members"]), key, manifest)


def _check_site(url: str, replace: bool) -> None:
    with psycopg.connect(url) as connection:
        if database.holds_data(connection) and not replace:
            raise NotEmpty("This site holds data. --replace puts the backup in its place, and what is here is lost.")
        if others := database.others_connected(connection):
            raise SiteRuns(f"The site is running ({others} connections to its database). Stop it first.")


def _compare(url: str, manifest: dict[str, Any]) -> None:
    with psycopg.connect(url) as connection:
        found = database.fingerprints(connection)
    wrong = sorted(name for name, table in manifest["tables"].items() if found.get(name) != table)
    if wrong:
        raise BrokenBackup(f"What was restored is not what was backed up: {', '.join(wrong)}.")
