"""spaCy's DocBin (`.spacy`): what `spacy train` reads.

Written here piece by piece, because spaCy keeps all documents in memory; https://spacy.io/api/docbin says what the
parts are. Read in a process of its own (`docbin_rows`).
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

from annotation.lazily import Library
from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .annotated import preview_of, reading_of
from .base import BadRow, Preview, Reading, Row, Setting, Shape, Sink, Written
from .confined import ConfinedReading
from .readings import ReadingOf
from .spacy_jsonl import check_writable, draft, example_of, left_out, questions_of
from .tool_records import Unusable

spacy, attributes = Library("spacy"), Library("spacy.attrs")
tokens, filtering, msgpack = Library("spacy.tokens"), Library("spacy.util"), Library("srsly.msgpack")

# spaCy alone takes a quarter of it.
MEMORY_LIMIT = 1 << 30
LANGUAGES = ("xx", "en", "de", "es", "fr", "it", "nl", "pt")
_PARTS = ("tokens", "spaces", "lengths", "cats", "flags", "span_groups")
_SPOOLED = 8 << 20
_ZLIB = (b"\x78\x9c", b"\x78\x01", b"\x78\xda", b"\x78\x5e")


class DocBinFile:
    """Reader and writer of `.spacy`."""

    name = "docbin"
    title = "spaCy DocBin"
    extensions: tuple[str, ...] = (".spacy",)
    media_type = "application/octet-stream"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = (
        Setting(
            "spans",
            gettext_noop("Spans are"),
            (
                ("entities", gettext_noop("Entities (ner): of those that overlap the longest")),
                ("groups", gettext_noop("A group of spans (spancat): all of them")),
            ),
        ),
        Setting(
            "language",
            gettext_noop("Words as spaCy splits them in"),
            (
                ("xx", gettext_noop("Any language")),
                ("en", gettext_noop("English")),
                ("de", gettext_noop("German")),
                ("es", gettext_noop("Spanish")),
                ("fr", gettext_noop("French")),
                ("it", gettext_noop("Italian")),
                ("nl", gettext_noop("Dutch")),
                ("pt", gettext_noop("Portuguese")),
            ),
        ),
    )

    def sniff(self, head: bytes, filename: str) -> float:
        if not head.startswith(_ZLIB):
            return 0.0
        try:
            start = zlib.decompressobj().decompress(head, 4_000)
        except zlib.error:
            return 0.0
        return 0.98 if b"version" in start[:20] or b"attrs" in start[:100] else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(_drafts, path, limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return reading_of(_drafts, path, start_after)

    def leaves_out(self, shape: Shape) -> list[str]:
        return [*left_out(shape), _("Ids and metadata.")]

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        check_writable(shape)
        written = Written()
        language = settings.get("language", LANGUAGES[0])
        split: Any = None
        about_spans = questions_of(shape)[0]
        group = about_spans.name if about_spans and settings.get("spans") == "groups" else ""
        with ExitStack() as stack:
            parts = _Parts({name: stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOLED)) for name in _PARTS})
            for record in records:
                example = example_of(record, shape, written)
                if example is not None:
                    # Not before: whoever only asks whether a project can be written must not wait for spaCy.
                    split = split or spacy.blank(language if language in LANGUAGES else LANGUAGES[0])
                    parts.add(_doc_of(split, example, group, written))
                    written.rows += 1
            for piece in parts.pieces():
                target.write(piece)
        return written


def _drafts(path: Path) -> Reading:
    """Documents as the other process tells them."""
    return ReadingOf(ConfinedReading("docbin", path, memory=MEMORY_LIMIT), _drafted)


def _drafted(documents: ConfinedReading) -> Iterator[Row | BadRow]:
    for found in documents:
        if isinstance(found, BadRow):
            yield found
            continue
        try:
            row = draft(found.line, found.values)
        except Unusable as error:
            yield BadRow.of(found.line, str(error), "")
        else:
            yield replace(row, losses=(*row.losses, *found.losses))


def _doc_of(split: Any, example: Mapping[str, Any], group: str, written: Written) -> Any:
    """A Doc in which every span begins and ends with a word: words are cut where one does not."""
    text = example["text"]
    marks = []
    for start, end, label in example.get("entities", ()):
        inner = text[start:end].strip()
        if not inner:
            written.losses[_("Spans of nothing but white space were left out.")] += 1
            continue
        # spaCy does not learn from entities that begin or end with white space.
        if len(inner) < end - start:
            written.losses[_("White space at the ends of spans was left out.")] += 1
        start += len(text[start:end]) - len(text[start:end].lstrip())
        marks.append((start, start + len(inner), label))
    doc = split.make_doc(text)
    spans = [doc.char_span(*mark) for mark in marks]
    if not all(spans):
        doc = _cut(doc, {edge for start, end, _label in marks for edge in (start, end)})
        spans = [doc.char_span(*mark) for mark in marks]
    if group:
        doc.spans[group] = spans
    elif "entities" in example:
        kept = filtering.filter_spans(spans)
        if len(kept) < len(spans):
            written.losses[_("Of spans that overlap the longest was kept.")] += len(spans) - len(kept)
        doc.set_ents(kept, default="outside")
    doc.cats = example.get("cats", {})
    return doc


def _cut(doc: Any, edges: set[int]) -> Any:
    words: list[str] = []
    spaces: list[bool] = []
    for token in doc:
        places = [
            token.idx,
            *sorted(edge for edge in edges if token.idx < edge < token.idx + len(token)),
            token.idx + len(token),
        ]
        words += [token.text[start - token.idx : end - token.idx] for start, end in pairwise(places)]
        spaces += [False] * (len(places) - 2) + [bool(token.whitespace_)]
    return tokens.Doc(doc.vocab, words=words, spaces=spaces)


class _Parts:
    """The parts of a DocBin, each in a file of its own until all are known."""

    def __init__(self, files: Mapping[str, IO[bytes]]) -> None:
        self._files = files
        self._attrs = sorted([attributes.ORTH, attributes.ENT_IOB, attributes.ENT_TYPE])
        self._strings: set[str] = set()
        self._pack = msgpack.Packer(use_bin_type=True).pack
        self._count = 0

    def add(self, doc: Any) -> None:
        self._count += 1
        self._files["tokens"].write(doc.to_array(self._attrs).tobytes("C"))
        self._files["spaces"].write(bytes(bool(token.whitespace_) for token in doc))
        self._files["lengths"].write(struct.pack("<i", len(doc)))
        self._files["cats"].write(self._pack(doc.cats))
        self._files["flags"].write(self._pack({"has_unknown_spaces": False}))
        self._files["span_groups"].write(self._pack(doc.spans.to_bytes()))
        self._strings.update(token.text for token in doc)
        self._strings.update(span.label_ for spans in (doc.ents, *doc.spans.values()) for span in spans)

    def pieces(self) -> Iterator[bytes]:
        """The file, compressed on the way."""
        packing = zlib.compressobj()
        for piece in self._map():
            yield packing.compress(piece)
        yield packing.flush()

    def _map(self) -> Iterator[bytes]:
        yield msgpack.Packer().pack_map_header(9)
        yield from (self._pack("version"), self._pack("0.1"), self._pack("attrs"), self._pack(self._attrs))
        for name in ("tokens", "spaces", "lengths"):
            yield self._pack(name)
            # bin 32 of the MessagePack specification: the length in four bytes.
            yield struct.pack(">BI", 0xC6, self._files[name].tell())
            yield from self._content(name)
        yield from (self._pack("strings"), self._pack(sorted(self._strings)))
        for name in ("cats", "flags", "span_groups"):
            yield self._pack(name)
            yield msgpack.Packer().pack_array_header(self._count)
            yield from self._content(name)

    def _content(self, name: str) -> Iterator[bytes]:
        self._files[name].seek(0)
        while piece := self._files[name].read(1 << 16):
            yield piece
