"""Long work on the server: how it stands, waiting for it, giving it up, and what comes of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from .downloading import Progress, download
from .problems import SynthWebError
from .speaking import Speaker

FIRST_LOOK, SLOWER, SLOWEST = 0.1, 1.5, 2.0
BAR = 30  # characters


class JobFailed(SynthWebError):
    """The job failed; the message is the server's. `job` has its last row."""

    def __init__(self, job: Job, sentence: str) -> None:
        super().__init__(sentence)
        self.job = job


class JobCancelled(JobFailed):
    """Somebody gave the job up."""


class Job:
    """One job. `row` is what the server said last: a dictionary with `state` and counts."""

    noun = "job"

    def __init__(self, speaker: Speaker, path: str, row: dict[str, Any]) -> None:
        """`path`: where the job is asked for again, such as `projects/support/imports/3/`."""
        self._speaker, self._path, self.row = speaker, path, row

    def __repr__(self) -> str:
        return f"<{self.noun} {self.id}: {self.state}>"

    @property
    def id(self) -> int:
        return int(self.row["id"])

    @property
    def state(self) -> str:
        """pending, running, done, failed or cancelled."""
        return str(self.row["state"])

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def counts(self) -> tuple[int, int]:
        """(done, in all); 0 in all where that is not known."""
        return int(self.row.get("done", 0)), int(self.row.get("total", 0))

    @property
    def percent(self) -> float:
        done, total = self.counts
        return 100.0 if self.state == "done" else min(100.0, 100 * done / total) if total else 0.0

    def refresh(self) -> Self:
        self.row = self._speaker.get(self._path)
        return self

    def cancel(self) -> Self:
        """What is done stays."""
        self.row = self._speaker.send("POST", f"{self._path}cancel/")
        return self

    def wait(self, *, progress: Callable[[Self], None] | None = None, timeout: float | None = None) -> Self:
        """Return when it is done. Raises JobFailed, JobCancelled, and TimeoutError after `timeout` seconds.

        `progress` is called with the job whenever it was looked at; without it, a bar is drawn on standard error where
        that is a terminal. Giving up waiting does not stop the job; `cancel` does.
        """
        until = None if timeout is None else time.monotonic() + timeout
        pause, tell = FIRST_LOOK, progress or draw
        while True:
            tell(self)
            if self.is_over:
                break
            left = pause if until is None else until - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"The {self.noun} is {self.state} after {timeout:g} seconds.")
            time.sleep(min(pause, left))
            pause = min(SLOWEST, pause * SLOWER)
            self.refresh()
        if self.state == "failed":
            raise JobFailed(self, self.row.get("error") or f"The {self.noun} failed.")
        if self.state == "cancelled":
            raise JobCancelled(self, self.row.get("error") or f"The {self.noun} was cancelled.")
        return self


class Import(Job):
    """A file on its way in. Done, with rows rejected or not: look at `rejected` and `losses`."""

    noun = "import"

    @property
    def counts(self) -> tuple[int, int]:
        return int(self.row["read"]), 0

    @property
    def percent(self) -> float:
        return float(self.row["percent"])

    @property
    def created(self) -> int:
        return int(self.row["created"])

    @property
    def duplicates(self) -> int:
        return int(self.row["duplicates"])

    @property
    def rejected(self) -> int:
        """Rows that did not come in; `rejected_rows` says which and why."""
        return int(self.row["rejected"])

    @property
    def losses(self) -> list[dict[str, Any]]:
        """What rows came in without: [{sentence, count, examples}]."""
        return list(self.row["losses"])

    def rejected_rows(self, target: str | Path) -> Path:
        """Download the rejected rows as CSV: line, reason, row."""
        return download(self._speaker, f"{self._path}rejected.csv", Path(target))


class Run(Job):
    """A model annotator at work."""

    noun = "run"

    @property
    def counts(self) -> tuple[int, int]:
        return int(self.row["done"]) + int(self.row["failed"]), int(self.row["total"])

    def resume(self, *, budget: float | None = None) -> Self:
        """Go on with what was cancelled or failed."""
        body = {} if budget is None else {"budget": budget}
        self.row = self._speaker.send("POST", f"{self._path}resume/", body)
        return self

    def failures(self) -> list[dict[str, Any]]:
        """[{item, reason, raw_reply, attempts}] of items without an answer."""
        return list(self._speaker.pages(f"{self._path}failures/"))


class SnapshotFile(Job):
    """A file that is made of a snapshot: another format, or a difference (`summary` says what it comes to)."""

    noun = "file"

    @property
    def counts(self) -> tuple[int, int]:
        return int(self.row["rows"]), int(self.row["total"])

    @property
    def sha256(self) -> str:
        return str(self.row["sha256"])

    def download(self, target: str | Path, *, progress: Progress | None = None) -> Path:
        """The file, checked by its SHA-256; what broke off earlier is gone on with. Raises BrokenDownload."""
        return download(self._speaker, f"{self._path}download/", Path(target), sha256=self.sha256, progress=progress)


class Snapshot(SnapshotFile):
    """A frozen export."""

    noun = "snapshot"

    @property
    def number(self) -> int:
        return int(self.row["number"])

    @property
    def manifest(self) -> dict[str, Any]:
        """What it is, and who decided how much of it; empty until it is done."""
        return dict(self.row["manifest"])

    def card(self) -> str:
        """The dataset card, Markdown."""
        with self._speaker.stream(f"{self._path}card/", {}) as response:
            if response.status_code != 200:
                raise self._speaker.problem(response)
            return response.read().decode()

    def in_format(self, format: str, settings: Mapping[str, str] | None = None) -> SnapshotFile:
        """The same records in another format."""
        body = {"format": format, **({"settings": dict(settings)} if settings else {})}
        return self._made("files/", body)

    def difference(self, base: Snapshot) -> SnapshotFile:
        """How it differs from an earlier one."""
        return self._made("differences/", {"base": base.id})

    def delete(self) -> None:
        """For good, with its records and files."""
        self._speaker.send("DELETE", self._path)

    def _made(self, path: str, body: dict[str, Any]) -> SnapshotFile:
        row = self._speaker.send("POST", f"{self._path}{path}", body)
        project = self._path.partition("/snapshots/")[0]
        return SnapshotFile(self._speaker, f"{project}/snapshot-files/{row['id']}/", row)


def draw(job: Job) -> None:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        return
    full = round(BAR * job.percent / 100)
    done, total = job.counts
    of = f" of {total:,}" if total else ""
    left = f", {job.row['eta']:.0f} s left" if job.row.get("eta") else ""
    bar = "█" * full + "░" * (BAR - full)
    sys.stderr.write(f"\r\033[K{job.noun} {bar} {job.percent:.0f} % {done:,}{of}{left}")
    sys.stderr.write("\n" if job.is_over else "")
    sys.stderr.flush()
