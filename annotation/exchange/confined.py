"""Binary files, read in a process of their own with a limit on its memory: their footers lie, and they burst.

What libraries written in C make of such a file happens there: it may fail, crash or want four gigabytes. The process
knows none of the site's settings; it sends rows as lines of JSON, and dies with whoever reads them.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .archives import size_of
from .base import BadRow, Preview, Row, UnreadableFile, printable
from .columns import check_columns
from .lines import LINE_LIMIT

MEMORY_LIMIT = 384 << 20
SECONDS = 2 * 3600
# Import strings of `open_rows(path) -> Opened`, run there.
READERS = {
    "parquet": "annotation.exchange.parquet_rows.open_rows",
    "excel": "annotation.exchange.excel_rows.open_rows",
    "datasets": "annotation.exchange.datasets_rows.open_rows",
    "docbin": "annotation.exchange.docbin_rows.open_rows",
}
_ROOT = Path(__file__).resolve().parents[2]
_BATCH_ROWS, _BATCH_BYTES = 500, 1 << 20
_LONGEST_MESSAGE = _BATCH_BYTES + 4 * LINE_LIMIT
_BURST = gettext_noop("The file takes more memory than it may while it is read: what it holds is far too large.")
_DAMAGED = gettext_noop("The file is damaged: it cannot be read any further.")

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))

Loss = tuple[str, dict[str, str]]
"""A sentence, and what belongs into its gaps: it is said in the language of whoever reads it."""


Found = tuple[int, dict[str, Any] | str, tuple[str, ...], float]
"""A row: its number, its values or why there are none, its losses, and the share of the file that was read with it."""


class Opened(NamedTuple):
    """What a reader finds in a file."""

    columns: list[str]
    rows: Iterator[Found]
    losses: tuple[Loss, ...] = ()


class ConfinedReading:
    """The Reading of a binary file. `columns` and `losses` are known at once. Raises UnreadableFile."""

    def __init__(self, reader: str, path: Path, start_after: int = 0, memory: int = MEMORY_LIMIT) -> None:
        self.size = size_of(path)
        self.position = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "annotation.exchange.confined", reader, str(path.resolve()), str(start_after)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={
                "PATH": os.environ.get("PATH", ""),
                "PYTHONIOENCODING": "utf-8",
                "SYNTHWEB_CONFINED_MEMORY": str(memory),
                # Threads reserve memory, and Arrow's own pool more than it uses.
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
                "ARROW_DEFAULT_MEMORY_POOL": "system",
            },
        )
        try:
            opened = self._receive()
            self.columns: list[str] = opened["columns"]
            self.losses: list[str] = [_(sentence) % gaps for sentence, gaps in opened["losses"]]
            check_columns(self.columns)
        except BaseException:
            self.close()
            raise
        self._verdicts = self._walk()

    def __iter__(self) -> Iterator[Row | BadRow]:
        return self

    def __next__(self) -> Row | BadRow:
        try:
            return next(self._verdicts)
        except BaseException:
            self.close()
            raise

    def preview(self, limit: int) -> Preview:
        """Columns, the first rows and the bad ones between them; the reading is over then."""
        found = Preview(self.columns, [], [], losses=self.losses)
        try:
            for seen, verdict in enumerate(self, 1):
                if isinstance(verdict, Row):
                    found.rows.append(verdict)
                else:
                    found.bad.append(verdict)
                if len(found.rows) >= limit or seen >= limit * 5:
                    break
        finally:
            self.close()
        return found

    def close(self) -> None:
        """Ends the process, wherever it is."""
        self._process.kill()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()

    def _walk(self) -> Iterator[Row | BadRow]:
        while "end" not in (message := self._receive()):
            for line, values, losses in message["rows"]:
                if isinstance(values, dict):
                    yield Row(line, values, losses=tuple(_(loss) for loss in losses))
                else:
                    yield BadRow.of(line, _(values), losses)
            self.position = int(self.size * message["share"])
        self.position = self.size

    def _receive(self) -> dict[str, Any]:
        stream: IO[bytes] = self._process.stdout  # type: ignore[assignment]
        raw = stream.readline(_LONGEST_MESSAGE)
        if not raw.endswith(b"\n"):
            raise UnreadableFile(_(_DAMAGED))
        message: dict[str, Any] = json.loads(raw)
        if "error" in message:
            raise UnreadableFile(_(message["error"]))
        return message


def main(reader: str, path: str, start_after: str) -> None:
    """What the process does; standard output is for whoever started it."""
    memory = int(os.environ["SYNTHWEB_CONFINED_MEMORY"])
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What a library prints must not be taken for rows.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    module, _dot, attribute = READERS[reader].rpartition(".")

    def send(message: bytes) -> None:
        output.write(message + b"\n")
        output.flush()

    try:
        opened: Opened = getattr(importlib.import_module(module), attribute)(Path(path))
        send(_encoded({"columns": opened.columns, "losses": opened.losses}))
        for batch in _batches(opened, int(start_after)):
            send(batch)
        send(b'{"end":true}')
    except MemoryError:
        send(_encoded({"error": _BURST}))
    except UnreadableFile as error:
        send(_encoded({"error": str(error)}))
    except BrokenPipeError:
        os._exit(0)
    except Exception as error:
        # Libraries raise whatever they like over a hostile file; Arrow says so when it got no memory.
        burst = "emory" in type(error).__name__ or "malloc" in str(error) or "alloc" in str(error)
        send(_encoded({"error": _BURST if burst else _DAMAGED}))
    os._exit(0)


def _batches(opened: Opened, start_after: int) -> Iterator[bytes]:
    """Messages of the rows behind `start_after`."""
    rows: list[bytes] = []
    size, share = 0, 0.0
    for number, values, losses, share in opened.rows:
        if number <= start_after:
            continue
        rows.append(_judged(number, values, losses))
        size += len(rows[-1])
        if size > _BATCH_BYTES or len(rows) >= _BATCH_ROWS:
            yield _message(rows, share)
            rows, size = [], 0
    if rows:
        yield _message(rows, share)


def _message(rows: list[bytes], share: float) -> bytes:
    return b'{"share":%f,"rows":[%b]}' % (share, b",".join(rows))


def _judged(number: int, values: dict[str, Any] | str, losses: tuple[str, ...]) -> bytes:
    """A row with its losses, or why it is none with what it begins with."""
    if isinstance(values, str):
        return _encoded([number, values, ""])
    try:
        row = _encoded([number, values, losses])
    except (ValueError, RecursionError):
        reason = gettext_noop("A number is infinite, or a value nested too deeply.")
        return _encoded([number, reason, printable(str(values))])
    if len(row) > LINE_LIMIT:
        first = printable(str(next(iter(values.values()))))
        return _encoded([number, gettext_noop("The record is longer than 2 MB."), first])
    return row


def _encoded(value: object) -> bytes:
    """JSON in which half a character stays half a character: it is the item's to judge."""
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


if __name__ == "__main__":
    main(*sys.argv[1:])
