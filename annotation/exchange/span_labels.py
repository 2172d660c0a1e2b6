"""Spans as a cell of a table holds them: JSON with offsets, or one BIO tag per token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .canonical import canonical_json

TAG = re.compile(r"O|[BI]-\S(?:.*\S)?")
SPOKEN = re.compile(r"O|[BI]-\S+")
Span = tuple[int, int, str]
"""(start, end, label), half-open."""


class InvalidSpans(ValueError):
    """The cell holds no spans in its notation; the message says what is wrong."""


class Notation(Enum):
    """How a file writes spans; what is made of them is written the same way."""

    OBJECTS = '[{"start": 0, "end": 5, "label": "PER"}]'
    TRIPLES = '[[0, 5, "PER"]]'
    TAG_LIST = '["B-PER", "I-PER", "O"]'
    TAGS = "B-PER I-PER O"

    @property
    def has_tags(self) -> bool:
        return self in (Notation.TAG_LIST, Notation.TAGS)


@dataclass(frozen=True, slots=True)
class Marks:
    """What one cell says: sorted spans, in characters or, where it held tags, in tokens; then `length` counts them."""

    spans: tuple[Span, ...]
    length: int | None = None


def notation_of(cells: Iterable[str]) -> Notation | None:
    """The notation that most of the cells are in; None where most hold something else, such as names of classes."""
    counted = dict.fromkeys(Notation, 0)
    total = empty = 0
    # A text without entities is all O, which could be a class of that name: some cell has to begin a span.
    begun = False
    for cell in cells:
        total += 1
        found = _looks_like(cell)
        if found is None:
            continue
        if cell.strip().replace(" ", "") == "[]":
            empty += 1
            continue
        counted[found] += 1
        begun |= found is not Notation.TAGS or "B-" in cell or "I-" in cell
    best = max(counted, key=lambda each: counted[each])
    if not counted[best]:
        return Notation.OBJECTS if empty and empty * 2 > total else None
    return best if begun and (counted[best] + empty) * 2 > total else None


def read_marks(cell: object, notation: Notation | None = None) -> Marks:
    """What a cell, or a value of a JSON file, says; without a notation in whichever it is. Raises InvalidSpans."""
    if isinstance(cell, str):
        if notation is Notation.TAGS or (notation is None and not cell.lstrip().startswith("[")):
            return _from_tags(cell.split())
        try:
            cell = json.loads(cell)
        except (ValueError, RecursionError) as error:
            raise InvalidSpans("It is no JSON.") from error
    if not isinstance(cell, list):
        raise InvalidSpans("It is no list.")
    if notation is Notation.TAG_LIST or (notation is None and cell and all(isinstance(each, str) for each in cell)):
        return _from_tags(cell)
    return Marks(tuple(sorted(_span(each, place) for place, each in enumerate(cell, 1))))


def write_marks(marks: Marks, notation: Notation) -> str:
    """The cell that says so; `length` has to be known where the notation has tags."""
    if notation is Notation.OBJECTS:
        return canonical_json(
            [{"start": start, "end": end, "label": label} for start, end, label in marks.spans]
        ).decode()
    if notation is Notation.TRIPLES:
        return canonical_json([list(span) for span in marks.spans]).decode()
    tags = ["O"] * (marks.length or 0)
    for start, end, label in marks.spans:
        tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return " ".join(tags) if notation is Notation.TAGS else json.dumps(tags, ensure_ascii=False)


def _looks_like(cell: str) -> Notation | None:
    stripped = cell.strip()
    if not stripped.startswith("["):
        return Notation.TAGS if stripped and all(SPOKEN.fullmatch(each) for each in stripped.split()) else None
    try:
        values = json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    first = values[0] if values else {}
    if isinstance(first, dict):
        return Notation.OBJECTS if not first or {"start", "end", "label"} <= first.keys() else None
    if isinstance(first, list):
        return Notation.TRIPLES if len(first) == 3 and isinstance(first[2], str) else None
    tags = all(isinstance(each, str) and TAG.fullmatch(each) for each in values)
    return Notation.TAG_LIST if tags else None


def _span(value: Any, place: int) -> Span:
    if isinstance(value, dict):
        value = [value.get(key) for key in ("start", "end", "label")]
    if not isinstance(value, list) or len(value) != 3:
        raise InvalidSpans(f"Span {place} has to be a start, an end and a label.")
    start, end, label = value
    if not all(isinstance(each, int) and not isinstance(each, bool) for each in (start, end)) or not 0 <= start < end:
        raise InvalidSpans(f"Span {place} has to go from a whole number to a larger one, not from {start} to {end}.")
    if not isinstance(label, str) or not label:
        raise InvalidSpans(f"Span {place} has no label.")
    return start, end, label


def _from_tags(tags: Sequence[object]) -> Marks:
    """Spans of BIO tags; an I that continues nothing begins a span."""
    spans: list[Span] = []
    for place, tag in enumerate(tags):
        if not isinstance(tag, str) or not TAG.fullmatch(tag):
            raise InvalidSpans(f"“{str(tag)[:40]}” (token {place + 1}) is no tag: O, B-… or I-… is expected.")
        if tag == "O":
            continue
        label = tag[2:]
        if tag[0] == "I" and spans and spans[-1][1:] == (place, label):
            spans[-1] = (spans[-1][0], place + 1, label)
        else:
            spans.append((place, place + 1, label))
    return Marks(tuple(spans), len(tags))
