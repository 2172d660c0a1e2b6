"""Plain text: a document per line, per paragraph (up to a blank line), or per file of a zip."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .archives import size_of
from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, Written
from .jsonl import preview_of
from .lines import LINE_LIMIT, Line, Lines, TextFile, decoded_head, too_long
from .readings import ReadingOf
from .texts import text_of
from .zip_files import ZipOutput

COLUMN = "text"
NAMES = (".txt", ".text")
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_BLANK_LINES = re.compile(r"\n\s*\n")


class _PlainText(ABC):
    """What the ways to cut a text have in common."""

    extensions: tuple[str, ...] = NAMES
    media_type = "text/plain"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = ()

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(self.read(path), limit)

    @abstractmethod
    def read(self, path: Path, start_after: int = 0) -> Reading: ...

    def leaves_out(self, shape: Shape) -> list[str]:
        return [_("Everything but the texts: labels, answers, ids and metadata.")]


class TextLines(_PlainText):
    """A document a line; blank lines are none."""

    name = "text"
    title = gettext_noop("Text, a line each")

    def sniff(self, head: bytes, filename: str) -> float:
        if "\0" in decoded_head(head):
            return 0.0
        return 0.4 if filename.lower().endswith(NAMES) else 0.1

    def read(self, path: Path, start_after: int = 0) -> Reading:
        def documents(lines: Lines) -> Iterator[Row | BadRow]:
            return (_document([line]) for line in lines if line.number > start_after and line.data.strip())

        return ReadingOf(Lines(path), documents)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """Line breaks within a text become spaces; texts of nothing else are left out."""
        written = Written()
        for record in records:
            text = text_of(record, shape).strip()
            if _BREAKS.search(text):
                written.losses[_("Line breaks within a text: a space stands in their place.")] += 1
                text = _BREAKS.sub(" ", text)
            _write(text, b"\n", target, written)
        return written


class TextParagraphs(_PlainText):
    """A document a paragraph: lines up to a blank one belong together."""

    name = "paragraphs"
    title = gettext_noop("Text, a paragraph each")

    def sniff(self, head: bytes, filename: str) -> float:
        blocks = _BLANK_LINES.split(decoded_head(head).replace("\r\n", "\n").strip())
        several = sum("\n" in block for block in blocks)
        return 0.65 if filename.lower().endswith(NAMES) and len(blocks) > 2 and several * 2 > len(blocks) else 0.0

    def read(self, path: Path, start_after: int = 0) -> Reading:
        def documents(lines: Lines) -> Iterator[Row | BadRow]:
            return (each for each in _paragraphs(lines) if each.line > start_after)

        return ReadingOf(Lines(path), documents)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """Blank lines within a text become line breaks; texts of nothing else are left out."""
        written = Written()
        for record in records:
            text = text_of(record, shape).replace("\r\n", "\n").strip("\n")
            if _BLANK_LINES.search(text):
                written.losses[_("Blank lines within a text: a line break stands in their place.")] += 1
                text = _BLANK_LINES.sub("\n", text)
            _write(text if text.strip() else "", b"\n\n", target, written)
        return written


class TextFiles(_PlainText):
    """A document a file, its name the id: a zip of text files, or one file that is one document."""

    name = "documents"
    title = gettext_noop("Text, a file each")
    extensions: tuple[str, ...] = (".zip", *NAMES)
    media_type = "application/zip"
    keeps_split = True

    def sniff(self, head: bytes, filename: str) -> float:
        return 0.0

    def sniff_folder(self, folder: Path, names: list[str]) -> float:
        return 0.9 if len(names) > 1 and all(name.lower().endswith((*NAMES, ".md")) for name in names) else 0.0

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return _FileReading(path, start_after)

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A zip of `<split>/<id>.txt`."""
        written = Written()
        with ZipOutput(target) as output:
            for record in records:
                split = re.sub(r"\W", "_", record.get("split") or "")
                output.add(f"{split}/{record['id']}.txt".lstrip("/"), text_of(record, shape).encode())
                written.rows += 1
        return written


class _FileReading:
    """The Reading of a folder of texts; numbers are those of its files by name."""

    def __init__(self, path: Path, start_after: int) -> None:
        self.size = size_of(path)
        self.position = 0
        folder = path if path.is_dir() else path.parent
        files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        self._left = iter([(place, folder, file) for place, file in enumerate(files, 1) if place > start_after])
        self.position = sum(file.stat().st_size for file in files[:start_after])

    def __iter__(self) -> Iterator[Row | BadRow]:
        return self

    def __next__(self) -> Row | BadRow:
        place, folder, file = next(self._left)
        name = str(file.relative_to(folder))
        source = TextFile(file)
        try:
            data = source.stream.read(LINE_LIMIT + 1)
        finally:
            source.close()
        self.position += file.stat().st_size
        if len(data) > LINE_LIMIT:
            return BadRow.of(place, f"{name[:200]}: " + too_long(), data)
        try:
            return Row(place, {"id": name, COLUMN: data.decode()})
        except UnicodeDecodeError as error:
            return BadRow.of(place, f"{name[:200]}: " + _no_utf8(error), data)

    def close(self) -> None:
        self._left = iter(())


def _paragraphs(lines: Lines) -> Iterator[Row | BadRow]:
    taken: list[Line] = []
    size = 0
    for line in lines:
        if line.data.strip():
            size += len(line.data)
            # What is too long is a bad row; its lines need not be kept.
            if size <= LINE_LIMIT or not taken:
                taken.append(line)
        elif taken:
            yield _document(taken, too_large=size > LINE_LIMIT)
            taken, size = [], 0
    if taken:
        yield _document(taken, too_large=size > LINE_LIMIT)


def _document(lines: list[Line], *, too_large: bool = False) -> Row | BadRow:
    first = lines[0]
    if too_large or not all(line.whole for line in lines):
        return BadRow.of(first.number, too_long(), first.data)
    raw = b"".join(line.data for line in lines)
    try:
        return Row(first.number, {COLUMN: raw.decode().rstrip("\r\n")})
    except UnicodeDecodeError as error:
        return BadRow.of(first.number, _no_utf8(error), raw)


def _no_utf8(error: UnicodeDecodeError) -> str:
    return _("The text is not valid UTF-8 (byte %(start)s).") % {"start": error.start + 1}


def _write(text: str, end: bytes, target: Sink, written: Written) -> None:
    if not text:
        written.losses[_("An item without text: left out.")] += 1
        return
    target.write(text.encode() + end)
    written.rows += 1
