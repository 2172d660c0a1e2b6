"""Physical lines of an uploaded file, whatever its encoding, in bounded memory."""

from __future__ import annotations

import codecs
import io
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from annotation.questions.speech import gettext as _

from .base import UnreadableFile

LINE_LIMIT = 2_000_000
_SKIP = 1 << 20
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def too_long() -> str:
    return _("The line is longer than %(limit)s MB.") % {"limit": LINE_LIMIT // 1_000_000}


class Line(NamedTuple):
    """`data` is UTF-8 with its line ending; a line over LINE_LIMIT has only its start and is not `whole`."""

    number: int
    data: bytes
    whole: bool


class TextFile:
    """A file's bytes as UTF-8, which may be invalid: judging them is the format's business.

    A byte-order mark is dropped; UTF-16 is recognised by it and recoded on the way.
    """

    def __init__(self, path: Path) -> None:
        self.size = path.stat().st_size
        # Unbuffered, so that its position is what was really consumed, up to one buffer.
        self._file = io.FileIO(path)
        head = self._file.read(4)
        if head in _UTF32:
            self._file.close()
            raise UnreadableFile(_("The file is UTF-32 text; save it as UTF-8."))
        encoding = _UTF16.get(head[:2])
        self._file.seek(2 if encoding else 3 if head.startswith(codecs.BOM_UTF8) else 0)
        source: io.RawIOBase = _Utf16AsUtf8(self._file, encoding) if encoding else self._file
        self.stream = io.BufferedReader(source, 1 << 16)

    @property
    def position(self) -> int:
        return self.size if self._file.closed else self._file.tell()

    def close(self) -> None:
        self.stream.close()
        self._file.close()


class Lines(TextFile):
    """The lines of a file as UTF-8 bytes, numbered from 1."""

    def __iter__(self) -> Iterator[Line]:
        number = 0
        while data := self.stream.readline(LINE_LIMIT + 1):
            number += 1
            whole = len(data) <= LINE_LIMIT
            if not whole:
                tail = data
                while tail and not tail.endswith(b"\n"):
                    tail = self.stream.readline(_SKIP)
            yield Line(number, data if whole else data[:1_000], whole)


class Pushback:
    """Lines that can be given back, to be read again."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._returned: deque[Line] = deque()

    def take(self) -> Line | None:
        return self._returned.popleft() if self._returned else next(self._lines, None)

    def give_back(self, lines: list[Line]) -> None:
        self._returned.extendleft(reversed(lines))


def decoded_head(head: bytes) -> str:
    """The first bytes of a file as text, for guessing what it is; undecodable bytes become U+FFFD."""
    encoding = _UTF16.get(head[:2])
    if encoding:
        return head[2:].decode(encoding, "replace")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


class _Utf16AsUtf8(io.RawIOBase):
    """UTF-16 bytes in, UTF-8 bytes out; a lone surrogate or half a unit becomes invalid UTF-8 in its own line."""

    def __init__(self, source: io.FileIO, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    # typeshed asks for any writable buffer; BufferedReader always hands a memoryview.
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready and not self._ended:
            chunk = self._source.read(1 << 15)
            self._ready = self._decoder.decode(chunk).encode("utf-8", "surrogatepass")
            if not chunk:
                self._ended = True
                # What the decoder still holds is half a character.
                if self._decoder.getstate()[0]:
                    self._ready += b"\xff"
        piece = self._ready[: len(buffer)]
        buffer[: len(piece)] = piece
        self._ready = self._ready[len(piece) :]
        return len(piece)
