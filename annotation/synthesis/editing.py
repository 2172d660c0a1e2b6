"""Changes to a text that say where they are, so that spans beside them can be carried along."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:['’-]\w+)*")


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Half-open, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` takes the place of a stretch; an empty stretch is where it is put in."""

    start: int
    end: int
    text: str


def words_of(text: str) -> list[Stretch]:
    return [Stretch(found.start(), found.end()) for found in WORD.finditer(text)]


def edited(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made; they do not overlap, and those at one place are made in their order."""
    parts, done = [], 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, text[done:]])


def spares(edit: Edit, stretches: Sequence[Stretch]) -> bool:
    """Whether it changes nothing within any of them."""
    return not any(edit.start < each.end and edit.end > each.start for each in stretches)


def carried(spans: Sequence[Mapping[str, Any]], edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Spans of the text before, which the edits spare, as they stand in the text after."""
    moved = []
    for span in spans:
        shift = sum(len(each.text) - (each.end - each.start) for each in edits if each.end <= span["start"])
        moved.append({**span, "start": span["start"] + shift, "end": span["end"] + shift})
    return moved


def cased_like(word: str, pattern: str) -> str:
    """“movie” in the place of “Film” is “Movie”, in that of “FILM” “MOVIE”."""
    if len(pattern) > 1 and pattern.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if pattern[:1].isupper() else word


def deletion(text: str, word: Stretch) -> Edit:
    """Takes a word away with the white space after it, or before it where punctuation or nothing follows."""
    start, end = word.start, word.end
    while end < len(text) and text[end].isspace():
        end += 1
    if end == word.end:
        while start > 0 and text[start - 1].isspace():
            start -= 1
    return Edit(start, end, "")


def deletions(text: str, words: Sequence[Stretch]) -> Iterator[Edit]:
    """One for each word, none overlapping the one before."""
    done = 0
    for word in words:
        edit = deletion(text, word)
        yield Edit(max(edit.start, done), edit.end, "")
        done = edit.end
