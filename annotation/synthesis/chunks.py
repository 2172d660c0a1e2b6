"""Documents cut where their headings are, into pieces that fit a prompt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .base import Source

HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
# What stands in a block of code is no heading.
FENCED = re.compile(r"^(`{3,}(?=[^`\n]*$)|~{3,}).*?(?:^\1|\Z)", re.MULTILINE | re.DOTALL)
PARAGRAPH = re.compile(r"\n[ \t]*\n")
SENTENCE = re.compile(r"(?<=[.!?…])\s+")
CHARACTERS = 2_000
# Less than a sentence or two says nothing that could be asked about.
LEAST = 80


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document. `heading`: those that it stands under, the outermost first."""

    document: int
    name: str
    heading: tuple[str, ...]
    text: str

    @property
    def title(self) -> str:
        return " › ".join((self.name, *self.heading))


def chunks_of(document: Source, characters: int = CHARACTERS) -> Iterator[Chunk]:
    """In their order, without overlap and none across a heading; pieces under LEAST characters are left out."""
    text = document.text.replace("\r\n", "\n").replace("\r", "\n")
    path: list[tuple[int, str]] = []
    start = 0
    for found in [*HEADING.finditer(FENCED.sub(lambda code: " " * len(code[0]), text)), None]:
        section = text[start : found.start() if found else len(text)]
        for piece in _pieces(section, characters):
            if len(piece) >= LEAST:
                yield Chunk(document.id, document.name, tuple(heading for _level, heading in path), piece)
        if found:
            level = len(found[1])
            path = [*(each for each in path if each[0] < level), (level, found[2])]
            start = found.end()


def _pieces(section: str, characters: int) -> Iterator[str]:
    """Whole paragraphs while they fit; of one that does not, whole sentences; of such a sentence, what fits."""
    piece = ""
    for part in _parts(section, characters):
        if piece and len(piece) + len(part) + 2 > characters:
            yield piece
            piece = ""
        piece = f"{piece}\n\n{part}" if piece else part
    if piece:
        yield piece


def _parts(section: str, characters: int) -> Iterator[str]:
    for paragraph in PARAGRAPH.split(section):
        paragraph = paragraph.strip()
        if len(paragraph) <= characters:
            if paragraph:
                yield paragraph
            continue
        for sentence in SENTENCE.split(paragraph):
            for start in range(0, len(sentence), characters):
                yield sentence[start : start + characters]
