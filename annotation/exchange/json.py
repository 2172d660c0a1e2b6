"""JSON documents: a list of objects, objects one after the other, or an object of which one key holds the list.

What becomes of a record is what becomes of a line of JSON Lines; lines here are the records' numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _

from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, Written
from .canonical import canonical_json
from .json_elements import WRAPPERS, Element, JsonElements
from .jsonl import preview_of, row_of
from .lines import decoded_head
from .readings import ReadingOf

_WRAPPED = re.compile(r'\{\s*"(?:' + "|".join(WRAPPERS) + r')"\s*:\s*\[\s*\{')


class Json:
    """Reader and writer of `.json`."""

    name = "json"
    title = "JSON"
    extensions: tuple[str, ...] = (".json",)
    media_type = "application/json"
    reads = writes = keeps_split = keeps_gold = True
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        text = decoded_head(head).lstrip()
        if text.startswith("["):
            return 0.9
        if not text.startswith("{"):
            return 0.0
        if _WRAPPED.match(text):
            return 0.955
        # An object whose first line is not all of it; JSON Lines is surer of itself where it is.
        return 0.92 if filename.lower().endswith(self.extensions) else 0.7

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        """Columns are the keys of the first 10,000 records, in order of appearance."""
        return preview_of(self.read(path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        def verdicts(elements: JsonElements) -> Iterator[Row | BadRow]:
            return (_verdict(each) for each in elements if each.number > start_after)

        return ReadingOf(JsonElements(path), verdicts)

    def leaves_out(self, shape: Shape) -> list[str]:
        return []

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A list of what JSON Lines writes, a record a line."""
        written = Written()
        for record in records:
            target.write((b",\n" if written.rows else b"[\n") + canonical_json(record))
            written.rows += 1
        target.write(b"\n]\n" if written.rows else b"[]\n")
        return written


def _verdict(element: Element) -> Row | BadRow:
    if element.flaw:
        return BadRow.of(element.number, element.flaw, element.data)
    losses = (_("What stands beside the list of records in the file."),) if element.beside else ()
    return row_of(element.number, element.data, losses)
