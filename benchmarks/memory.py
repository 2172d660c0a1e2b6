"""Resident memory of the site's processes, sampled while something happens."""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType

import psutil

EVERY = 0.1  # seconds
MEGABYTE = 1e6


class Memory:
    """While entered, samples the children of process `pid`.

    Kinds: `web`, `default` (imports and exports), `labeling`, `beat`.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._before: dict[tuple[str, int], float] = {}
        self._peak: dict[tuple[str, int], float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._before = self._peak = resident(self.pid)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def peak(self, kind: str) -> float:
        """MB: the peak of that process of this kind which grew most, as it did the work."""
        growth = {key: self._peak[key] - self._before.get(key, 0.0) for key in self._peak if key[0] == kind}
        return self._peak[max(growth, key=growth.__getitem__)]

    def _watch(self) -> None:
        while not self._stop.wait(EVERY):
            now = resident(self.pid)
            self._peak = {key: max(now.get(key, 0.0), self._peak.get(key, 0.0)) for key in {*now, *self._peak}}


def resident(pid: int) -> dict[tuple[str, int], float]:
    """(kind of process, its id) → RSS in MB."""
    found: dict[tuple[str, int], float] = {}
    for process in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            found[_kind(" ".join(process.cmdline())), process.pid] = process.memory_info().rss / MEGABYTE
    return found


def total(pid: int) -> float:
    """RSS of the whole tree in MB; pages that processes share are counted in each."""
    root = psutil.Process(pid)
    sizes = []
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            sizes.append(process.memory_info().rss)
    return sum(sizes) / MEGABYTE


def _kind(command: str) -> str:
    for sign, kind in (
        ("gunicorn", "web"),
        ("--queues=labeling", "labeling"),
        ("--queues=default", "default"),
        ("beat", "beat"),
    ):
        if sign in command:
            return kind
    return "other"
