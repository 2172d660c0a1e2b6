"""fastText's lines: `__label__billing I was charged twice`, with as many labels as apply."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.questions import Question, type_of
from annotation.questions import Shape as Form
from annotation.questions.speech import gettext as _

from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, Unwritable, Written
from .jsonl import preview_of
from .lines import Line, Lines, decoded_head, too_long
from .readings import ReadingOf
from .texts import text_of

PREFIX = "__label__"
# The literal comes first, so that it is searched for, and then that nothing stands right before it.
_LABEL = re.compile(r"__label__(?<!\S__label__)(\S+)\s?")


class FastText:
    """Reader and writer of fastText's training files."""

    name = "fasttext"
    title = "fastText"
    extensions: tuple[str, ...] = (".txt", ".ft", ".fasttext")
    media_type = "text/plain"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        lines = [line for line in decoded_head(head).splitlines()[:20] if line.strip()]
        return 0.97 if lines and sum(PREFIX in line for line in lines) * 2 > len(lines) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(self.read(path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        """Columns `text` and `label`: a label, a list where there are several, null where there is none."""

        def verdicts(lines: Lines) -> Iterator[Row | BadRow]:
            return (_verdict(line) for line in lines if line.number > start_after and line.data.strip())

        return ReadingOf(Lines(path), verdicts)

    def leaves_out(self, shape: Shape) -> list[str]:
        said = [_("Everything but texts and labels: who answered, ids, metadata and line breaks.")]
        written = {question.name for question in _labelled(shape)}
        others = [question.title for question in shape.asked if question.name not in written]
        if others:
            said.append(_("Answers that are no labels: %(names)s.") % {"names": ", ".join(others)})
        return said

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A line each item with a label; of several questions the labels are called `question=label`."""
        questions = _labelled(shape)
        if not questions:
            raise Unwritable(_("fastText holds labels: this project asks for none to choose."))
        written = Written()
        for record in records:
            labels = [each for question in questions for each in _labels(record, question, len(questions) > 1)]
            text = text_of(record, shape)
            if not labels or not text.strip():
                written.losses[_("An item without a label or without text: left out.")] += 1
                continue
            if any(re.search(r"\s", label) for label in labels):
                written.losses[_("Spaces in labels: underscores stand in their place.")] += 1
                labels = [re.sub(r"\s", "_", label) for label in labels]
            one = " ".join(text.split())
            if one != text:
                written.losses[_("Line breaks and several spaces in a row: one space stands in their place.")] += 1
            if PREFIX in one:
                written.losses[_("“__label__” within a text: written as “__ label__”.")] += 1
                one = one.replace(PREFIX, "__ label__")
            target.write((" ".join(PREFIX + label for label in labels) + " " + one + "\n").encode())
            written.rows += 1
        return written


def _labelled(shape: Shape) -> list[Question]:
    return [question for question in shape.asked if type_of(question).shape in (Form.ONE, Form.ANY, Form.SCALE)]


def _labels(record: dict[str, Any], question: Question, several: bool) -> list[str]:
    value = ((record.get("labels") or {}).get(question.name) or {}).get("value")
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [f"{question.name}={each}" if several else str(each) for each in values]


def _verdict(line: Line) -> Row | BadRow:
    if not line.whole:
        return BadRow.of(line.number, too_long(), line.data)
    try:
        text = line.data.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        reason = _("The line is not valid UTF-8 (byte %(start)s).") % {"start": error.start + 1}
        return BadRow.of(line.number, reason, line.data)
    labels = _LABEL.findall(text)
    return Row(
        line.number,
        {"text": _LABEL.sub("", text).strip(), "label": labels[0] if len(labels) == 1 else labels or None},
    )
