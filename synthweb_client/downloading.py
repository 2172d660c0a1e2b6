"""Download a file: streamed, checked by its SHA-256, and taken up again where it broke off."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx2

from .problems import SynthWebError, Unreachable
from .speaking import UNKNOWN, WAITING, Speaker

Progress = Callable[[int, int], None]
"""Called with (bytes so far, bytes in all)."""


class BrokenDownload(SynthWebError):
    """What arrived is not what the server has; it was removed."""


@dataclass(slots=True)
class _Part:
    """What is there of a file so far. `sha256` and `tag` (its ETag) are empty until they are known."""

    path: Path
    sha256: str
    tag: str

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0


class _BrokeOff(Exception):
    """It may be gone on with. `response`: the answer that asked for a pause, if one did."""

    def __init__(self, error: SynthWebError, response: httpx2.Response | None = None) -> None:
        self.error, self.response = error, response


def download(speaker: Speaker, path: str, target: Path, *, sha256: str = "", progress: Progress | None = None) -> Path:
    """Write the file at an address of the API to `target`, whole or not at all.

    With `sha256` (hex) that is what has to arrive, and an earlier try that broke off, even of another process, is
    gone on with; without it the checksum that the answer announces counts. Raises BrokenDownload and SynthWebError.
    """
    # The server's entity tag of a file is its checksum.
    draft = target.with_name(f".{target.name}.{sha256[:16] or os.getpid()}.part")
    part = _Part(draft, sha256, f'"{sha256}"' if sha256 else "")
    if not sha256:
        draft.unlink(missing_ok=True)
    pauses = speaker.pauses()
    while True:
        before = part.size
        try:
            _fetch(speaker, path, part, progress)
            break
        except _BrokeOff as broken:
            # As long as something arrives it goes on.
            if part.size > before:
                pauses = speaker.pauses()
            if not pauses.wait(broken.response):
                raise broken.error from broken
    _check(part, path)
    draft.replace(target)
    return target


def _fetch(speaker: Speaker, path: str, part: _Part, progress: Progress | None) -> None:
    """Append what is missing. Raises _BrokeOff."""
    have = part.size
    # Compressed on the way, ranges would count other bytes than those of the file.
    headers = {"Accept-Encoding": "identity"}
    if have and part.tag:
        headers |= {"Range": f"bytes={have}-", "If-Range": part.tag}
    try:
        with speaker.stream(path, headers) as response:
            if response.status_code == 416:
                # Nothing is missing, or there is more than the file has: the checksum tells.
                return
            if response.status_code not in (200, 206):
                problem = speaker.problem(response)
                if response.status_code in WAITING | UNKNOWN:
                    raise _BrokeOff(problem, response)
                raise problem
            part.tag = response.headers.get("etag", "")
            part.sha256 = part.sha256 or response.headers.get("x-checksum-sha256", "")
            _append(response, part.path, have if response.status_code == 206 else 0, progress)
    except httpx2.TransportError as error:
        raise _BrokeOff(Unreachable(f"The download of {path} broke off: {error or type(error).__name__}")) from error


def _append(response: httpx2.Response, path: Path, begin: int, progress: Progress | None) -> None:
    length = response.headers.get("content-length", "")
    total = begin + int(length) if length.isdecimal() else 0
    with path.open("r+b" if begin else "wb") as file:
        file.seek(begin)
        # As they come: what were gathered to larger ones would be lost with the connection.
        for piece in response.iter_raw():
            file.write(piece)
            begin += len(piece)
            if progress is not None:
                progress(begin, total)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _check(part: _Part, path: str) -> None:
    if not part.sha256:
        return
    with part.path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != part.sha256:
        part.path.unlink()
        raise BrokenDownload(f"{path} arrived with SHA-256 {found}, and the server’s file has {part.sha256}.")
