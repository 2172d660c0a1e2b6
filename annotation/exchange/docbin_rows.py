"""spaCy's DocBin files, read in a process of their own (`confined`): as records like those of spaCy JSON Lines.

Nothing in a DocBin is unpickled. Its user data, which is packed in a format of its own, is not looked at.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from annotation.lazily import Library
from annotation.questions.speech import gettext_noop

from .base import UnreadableFile
from .confined import Opened

spacy, tokens = Library("spacy"), Library("spacy.tokens")

MOST_BYTES = 256 << 20
_CHUNK = 1 << 20


def open_rows(path: Path) -> Opened:
    """Every document's text, entities, groups of spans and categories. Raises UnreadableFile."""
    # spaCy imports PyTorch where it is installed, needs it for nothing here, and takes two seconds and 200 MB for it.
    sys.modules.setdefault("torch", None)  # type: ignore[arg-type]
    raw = path.read_bytes()
    _check_size(raw)
    try:
        found = tokens.DocBin().from_bytes(raw)
    except (KeyError, ValueError, TypeError) as error:
        raise UnreadableFile(gettext_noop("This is no DocBin of spaCy 3.")) from error
    found.user_data = [None] * len(found)
    return Opened(["text"], _records(found))


def _records(found: Any) -> Iterator[tuple[int, dict[str, Any] | str, tuple[str, ...], float]]:
    count = len(found)
    for number, doc in enumerate(found.get_docs(spacy.blank("xx").vocab), 1):
        record: dict[str, Any] = {"text": doc.text}
        if doc.has_annotation("ENT_IOB"):
            record["entities"] = [[span.start_char, span.end_char, span.label_] for span in doc.ents]
        if doc.spans:
            record["spans"] = {
                name: [[span.start_char, span.end_char, span.label_] for span in group]
                for name, group in doc.spans.items()
            }
        if doc.cats:
            record["cats"] = dict(doc.cats)
        parsed = doc.has_annotation("DEP") or doc.has_annotation("TAG")
        losses = (gettext_noop("Relations, heads, tags and the like of tokens."),) if parsed else ()
        yield number, record, losses, number / count


def _check_size(raw: bytes) -> None:
    unpacking, size = zlib.decompressobj(), 0
    try:
        for start in range(0, len(raw), _CHUNK):
            piece = unpacking.decompress(raw[start : start + _CHUNK], MOST_BYTES)
            size += len(piece)
            if unpacking.unconsumed_tail or size > MOST_BYTES:
                raise UnreadableFile(
                    gettext_noop("The documents take more than 256 MB unpacked; write fewer of them to a file.")
                )
    except zlib.error as error:
        raise UnreadableFile(gettext_noop("This is no DocBin of spaCy 3.")) from error
