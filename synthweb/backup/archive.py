"""The file that a backup is: a tar of the database's dump and the site's files, with a manifest at its end.

The manifest has the SHA-256 of every other member, so that what a disk or a network did to the file is noticed before
anything is replaced.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES = "files/"
SECRET = "secret"
LAYOUT = 1
_CHUNK = 1 << 20

Progress = Callable[[int], object]
"""Told how many bytes more were read or written."""


class BrokenBackup(ValueError):
    """The file is no backup, or not the one that was written; the message is a sentence."""


class Hashed:
    """A readable file that knows the SHA-256 of what was read."""

    def __init__(self, file: IO[bytes], progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        self._progress(len(data))
        return data


class Writer:
    """Adds members to a tar and remembers what they were."""

    def __init__(self, tar: tarfile.TarFile, progress: Progress) -> None:
        self._tar = tar
        self._progress = progress
        self.members: dict[str, dict[str, Any]] = {}

    def add(self, path: Path, name: str) -> None:
        """Stream a file in. What is appended to it meanwhile is left out."""
        with path.open("rb") as file:
            entry = _entry(name, path.stat().st_size)
            source = Hashed(file, self._progress)
            self._tar.addfile(entry, source)
        self.members[name] = {"size": entry.size, "sha256": source.sha256.hexdigest()}

    def finish(self, manifest: dict[str, Any]) -> None:
        data = json.dumps({**manifest, "layout": LAYOUT, "members": self.members}, indent=1, sort_keys=True).encode()
        self._tar.addfile(_entry(MANIFEST, len(data)), io.BytesIO(data))


@contextmanager
def writing(target: IO[bytes], progress: Progress) -> Iterator[Writer]:
    """A tar that is streamed to `target`."""
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        yield Writer(tar, progress)


def read_manifest(path: Path, progress: Progress = lambda read: None) -> dict[str, Any]:
    """Read the whole backup and check every member. Raises BrokenBackup, OSError."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] | None = None
    with _reading(path):
        for name, file, size in _members(path):
            if name == MANIFEST:
                manifest = _parse(file.read())
                continue
            source = Hashed(file, progress)
            while source.read(_CHUNK):
                pass
            found[name] = {"size": size, "sha256": source.sha256.hexdigest()}
    if manifest is None:
        raise BrokenBackup(f"{path.name} has no manifest: it is no backup, or its end is missing.")
    told = manifest["members"]
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise BrokenBackup(f"{path.name} is damaged: “{name[:200]}” is not what was backed up.")
    if DUMP not in found:
        raise BrokenBackup(f"{path.name} holds no database.")
    return manifest


def unpack(path: Path, folder: Path, progress: Progress) -> None:
    """Write the members of a checked backup below `folder`, each readable by its owner alone."""
    with _reading(path):
        for name, file, _size in _members(path):
            target = folder / PurePosixPath(name)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            source = Hashed(file, progress)
            with target.open("xb") as copy:
                target.chmod(0o600)
                while data := source.read(_CHUNK):
                    copy.write(data)


def _members(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    """Regular files alone, under names that stay inside. Raises BrokenBackup for anything else."""
    with tarfile.open(path, mode="r|") as tar:
        for entry in tar:
            name = PurePosixPath(entry.name)
            if not entry.isreg() or name.is_absolute() or ".." in name.parts or "\\" in entry.name:
                raise BrokenBackup(f"{path.name} holds “{entry.name[:200]}”, which no backup of ours does.")
            file = tar.extractfile(entry)
            assert file is not None
            yield entry.name, file, entry.size


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """What tarfile finds wrong while members are read is a broken backup."""
    try:
        yield
    except (tarfile.TarError, EOFError) as error:
        raise BrokenBackup(f"{path.name} is no backup, or it is damaged: {error}.") from error


def _parse(data: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(data)
        layout, members = manifest["layout"], manifest["members"]
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenBackup("The manifest cannot be read.") from error
    if layout != LAYOUT or not isinstance(members, dict):
        raise BrokenBackup(f"The backup has layout {layout}; this version of SynthWeb reads layout {LAYOUT}.")
    return manifest


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry
