"""CoNLL: a token a line with its tag, a blank line behind every sentence (Tjong Kim Sang and De Meulder 2003).

Every sentence becomes an item. Its text is in the comment `# text = …` where there is one; else it is the tokens with a
space between them, which is not how they stood. `-DOCSTART-` and `#begin document` number documents.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from annotation.questions import Question
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop, number

from .annotated import Mark, Marked, preview_of, reading_of, unattributed
from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, UnreadableFile, Unwritable, Written
from .lines import Line, Lines, decoded_head
from .readings import ReadingOf
from .token_tags import OUTSIDE, SCHEMES, TAG, spans_of, tags_of

DOCUMENT, BEGINNING = "-DOCSTART-", "#begin document"
QUESTION = "entities"
BETWEEN = {"2": " ", "4": " -X- _ ", "tab": "\t"}
MOST_TOKENS = 20_000
MOST_COLUMNS = 40
# `# key = value`: a token “#” has another column behind it.
COMMENT = re.compile(r"#\s*(?:(\w[\w.: -]*?)\s*=\s*(.*)|(?:begin|end) document.*)")
TOKEN = re.compile(r"\w+|[!-/:-@\[-`{-~]|[^\w\s!-/:-@\[-`{-~]+")
_SURVEYED_LINES, _WIDTHS = 2_000, 3


class Conll:
    """Reader and writer of tokens with tags, in 2 to 40 columns."""

    name = "conll"
    title = "CoNLL (IOB tags)"
    extensions: tuple[str, ...] = (".conll", ".iob", ".iob2", ".bio")
    media_type = "text/plain"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = (
        Setting("scheme", gettext_noop("Tags"), tuple((scheme, scheme) for scheme in SCHEMES)),
        Setting(
            "columns",
            gettext_noop("Columns"),
            (
                ("2", gettext_noop("Two: token and tag")),
                ("4", gettext_noop("Four, as CoNLL-2003 has them")),
                ("tab", gettext_noop("Two with a tab between, as doccano imports them")),
            ),
        ),
        Setting(
            "comments",
            gettext_noop("Comments"),
            (("no", gettext_noop("None: every reader takes it")), ("yes", gettext_noop("The text and the id"))),
        ),
    )

    def sniff(self, head: bytes, filename: str) -> float:
        lines = decoded_head(head).splitlines()[:-1][:_SURVEYED_LINES] or decoded_head(head).splitlines()
        if any(line.startswith((DOCUMENT, BEGINNING)) for line in lines[:20]):
            return 0.97
        known = filename.lower().endswith(self.extensions)
        layout = _Layout.of(lines)
        if layout is None or not (known or "" in (line.strip() for line in lines) or len(lines) < 100):
            return 0.0
        return 0.97 if layout.begun else 0.96 if known else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        layout = _layout_of(path)
        losses = []
        if not layout.has_texts:
            losses.append(_("Spaces between tokens: each text is its tokens with a space between them."))
        if layout.left_out:
            names = ", ".join(str(column + 1) for column in layout.left_out)
            losses.append(_("Other columns (%(names)s), such as parts of speech and chunks.") % {"names": names})
        return preview_of(_drafts, path, limit, losses=losses)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return reading_of(_drafts, path, start_after)

    def leaves_out(self, shape: Shape) -> list[str]:
        asked = _asked(shape)
        left = [
            _("Who said what: what was decided is written."),
            _("Items of which no spans were decided."),
            _("Spaces between tokens, unless the text stands in a comment; ids likewise; metadata."),
        ]
        if len(shape.fields) > 1:
            left.append(_("All fields but the one that is marked."))
        left += [
            _("“%(title)s”: there is one tag for each token.") % {"title": question.title}
            for question in shape.asked
            if question is not asked
        ]
        return left

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        question = _asked(shape)
        if question is None:
            raise Unwritable(_("CoNLL holds spans, and this project does not ask for any."))
        scheme = settings.get("scheme", SCHEMES[0])
        between = BETWEEN[settings.get("columns", "2")]
        written = Written()
        for record in records:
            text = record["fields"].get(question.settings["field"], "")
            label = record["labels"].get(question.name)
            if label is None or not isinstance(text, str) or not text.strip():
                written.losses[_("Items of which no spans were decided were left out.")] += 1
                continue
            tokens = _tokens(text, label["value"])
            tags = tags_of(_placed(label["value"], text, tokens, written.losses), len(tokens), scheme)
            comments = _comments(record, text) if settings.get("comments") == "yes" else ""
            rows = (f"{text[start:end]}{between}{tag}\n" for (start, end), tag in zip(tokens, tags, strict=True))
            target.write(f"{comments}{''.join(rows)}\n".encode())
            written.rows += 1
        return written


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a file has its tokens and its tags. `begun`: some tag begins a span."""

    delimiter: str | None
    columns: int
    token: int
    tag: int
    begun: bool
    has_texts: bool

    @property
    def left_out(self) -> list[int]:
        return [column for column in range(self.columns) if column not in (self.token, self.tag)]

    @classmethod
    def of(cls, lines: Iterable[str]) -> _Layout | None:
        """None where no column has tags."""
        kept = [line.rstrip("\r\n") for line in lines]
        rows = [line for line in kept if line.strip() and not line.startswith(DOCUMENT) and not COMMENT.fullmatch(line)]
        delimiter = "\t" if rows and sum("\t" in line for line in rows) * 2 > len(rows) else None
        cells = [line.split(delimiter) for line in rows]
        for columns, _count in Counter(map(len, cells)).most_common(_WIDTHS):
            grid = [row for row in (_folded(row, columns) for row in cells) if len(row) == columns]
            if 2 <= columns <= MOST_COLUMNS and len(grid) * 10 >= len(cells) * 9:
                break
        else:
            return None
        fit = [sum(bool(TAG.fullmatch(row[column])) for row in grid) / len(grid) for column in range(columns)]
        tag = max(range(columns), key=lambda column: (round(fit[column], 2), column))
        if fit[tag] < 0.9:
            # Labels without a B or I: then most tokens are outside of all.
            tag = max(range(columns), key=lambda column: sum(row[column] == OUTSIDE for row in grid))
            if sum(row[tag] == OUTSIDE for row in grid) * 2 < len(grid):
                return None
        others = [column for column in range(columns) if column != tag]
        numbered = len(others) > 1 and all(row[others[0]].isdecimal() for row in grid)
        return cls(
            delimiter,
            columns,
            others[1] if numbered else others[0],
            tag,
            begun=any(row[tag] != OUTSIDE for row in grid),
            has_texts=any(line.startswith("# text") for line in kept),
        )


def _folded(cells: list[str], columns: int) -> list[str]:
    """Label Studio writes labels with spaces in them, as the last of so many columns."""
    last = columns - 1
    if len(cells) <= columns or cells[last] == OUTSIDE or not TAG.fullmatch(cells[last]):
        return cells
    return [*cells[:last], " ".join(cells[last:])]


@dataclass(slots=True)
class _Sentence:
    """The lines of one sentence so far."""

    line: int = 0
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    text: str = ""
    id: str = ""
    flaw: str = ""
    raw: bytes = b""
    comments: int = 0

    def begin(self, line: Line) -> None:
        if not self.line:
            self.line, self.raw = line.number, line.data


def _drafts(path: Path) -> Reading:
    layout = _layout_of(path)
    return ReadingOf(Lines(path), lambda lines: _sentences(lines, layout))


def _layout_of(path: Path) -> _Layout:
    """Raises UnreadableFile where no column has tags."""
    lines = Lines(path)
    try:
        found = _Layout.of(line.data.decode("utf-8", "replace") for line in islice(lines, _SURVEYED_LINES))
    finally:
        lines.close()
    if found is None:
        raise UnreadableFile(_("No column of this file holds tags such as O, B-PER and I-PER."))
    return found


def _sentences(lines: Lines, layout: _Layout) -> Iterator[Row | BadRow]:
    sentence, document = _Sentence(), 0
    for line in lines:
        try:
            text = line.data.decode().rstrip("\r\n") if line.whole else ""
        except UnicodeDecodeError:
            text, sentence.flaw = "", _("Line %(number)s is not valid UTF-8.") % {"number": line.number}
            sentence.begin(line)
            continue
        if line.whole and not text.strip():
            yield from _finished(sentence, document)
            sentence = _Sentence()
        elif text.startswith((DOCUMENT, BEGINNING)):
            yield from _finished(sentence, document)
            sentence, document = _Sentence(), document + 1
        elif (comment := COMMENT.fullmatch(text)) and not sentence.tokens:
            _note(sentence, comment)
        else:
            sentence.begin(line)
            _add(sentence, line, text.split(layout.delimiter), layout)
    yield from _finished(sentence, document)


def _note(sentence: _Sentence, comment: re.Match[str]) -> None:
    key, value = comment[1], comment[2]
    if key == "text":
        sentence.text = value
    elif key == "text_json":
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = ""
        sentence.text = found if isinstance(found, str) else ""
    elif key in ("id", "sent_id"):
        sentence.id = value
    else:
        sentence.comments += 1


def _add(sentence: _Sentence, line: Line, cells: list[str], layout: _Layout) -> None:
    if sentence.flaw:
        return
    if layout.tag == layout.columns - 1:
        cells = _folded(cells, layout.columns)
    if len(cells) != layout.columns:
        sentence.flaw = _("Line %(number)s does not have the %(columns)s columns of the file, but %(cells)s.") % {
            "number": number(line.number), "cells": len(cells), "columns": layout.columns,
        }  # fmt: skip
    elif len(sentence.tokens) >= MOST_TOKENS:
        sentence.flaw = _("The sentence has more than %(most)s tokens.") % {"most": number(MOST_TOKENS)}
    else:
        sentence.tokens.append(cells[layout.token])
        sentence.tags.append(cells[layout.tag])


def _finished(sentence: _Sentence, document: int) -> Iterator[Row | BadRow]:
    if sentence.flaw:
        yield BadRow.of(sentence.line, sentence.flaw, sentence.raw)
    if sentence.flaw or not sentence.tokens:
        return
    places = _aligned(sentence.text, sentence.tokens)
    text = sentence.text if places else " ".join(sentence.tokens)
    places = places or _aligned(text, sentence.tokens)
    marks = tuple(Mark(places[first][0], places[last - 1][1], label) for first, last, label in spans_of(sentence.tags))
    values: dict[str, Any] = {"text": text}
    if sentence.id:
        values["id"] = sentence.id
    if document:
        values["document"] = document
    losses = (_("Comments about a sentence."),) if sentence.comments else ()
    yield Row(sentence.line, values, unattributed({QUESTION: Marked("text", marks)}), losses)


def _aligned(text: str, tokens: list[str]) -> list[tuple[int, int]]:
    """Where each token stands in the text; [] where some token does not, or something else stands between them."""
    places, behind = [], 0
    for token in tokens:
        start = text.find(token, behind)
        if start < 0 or text[behind:start].strip():
            return []
        behind = start + len(token)
        places.append((start, behind))
    return places


def _asked(shape: Shape) -> Question | None:
    return next((question for question in shape.asked if question.type == "spans"), None)


def _tokens(text: str, spans: Iterable[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Words and signs, cut where a span begins or ends."""
    edges = sorted({edge for span in spans for edge in (span["start"], span["end"])})
    tokens: list[tuple[int, int]] = []
    for found in TOKEN.finditer(text):
        start, end = found.span()
        inner = edges[bisect_right(edges, start) : bisect_left(edges, end)]
        tokens += pairwise([start, *inner, end])
    return tokens


def _placed(
    spans: Iterable[Mapping[str, Any]], text: str, tokens: list[tuple[int, int]], losses: Counter[str]
) -> list[tuple[int, int, str]]:
    """Spans in tokens; of those that overlap the longest."""
    first_at = {start: place for place, (start, _end) in enumerate(tokens)}
    last_at = {end: place for place, (_start, end) in enumerate(tokens, 1)}
    taken = bytearray(len(tokens))
    kept = []
    for span in sorted(spans, key=lambda span: (span["start"] - span["end"], span["start"])):
        inner = text[span["start"] : span["end"]]
        start = span["start"] + len(inner) - len(inner.lstrip())
        first, last = first_at.get(start), last_at.get(start + len(inner.strip()))
        if first is None or last is None or first >= last:
            losses[_("Spans of nothing but white space were left out.")] += 1
        elif any(taken[first:last]):
            losses[_("Of spans that overlap the longest was kept.")] += 1
        else:
            taken[first:last] = b"\1" * (last - first)
            label = "_".join(span["label"].split())
            if label != span["label"]:
                losses[_("White space in a label became an underscore.")] += 1
            kept.append((first, last, label))
    return sorted(kept)


def _comments(record: Mapping[str, Any], text: str) -> str:
    id_line = f"# id = {' '.join(record['external_id'].split())}\n" if record["external_id"] else ""
    plain = text == text.strip() and len(text.splitlines()) == 1
    return f"{id_line}# text = {text}\n" if plain else f"{id_line}# text_json = {json.dumps(text)}\n"
