"""The file formats that can be imported and exported. To add one: write its file, name it here."""

from __future__ import annotations

from pathlib import Path

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .base import Format, UnreadableFile
from .csv import Csv
from .jsonl import JsonLines
from .lines import decoded_head

FORMATS: dict[str, Format] = {each.name: each for each in (Csv(), JsonLines())}

_HEAD = 64_000
_BINARY = {
    b"PK\x03\x04": gettext_noop("a zip archive or an Excel workbook"),
    b"\xd0\xcf\x11\xe0": gettext_noop("an old Excel workbook"),
    b"\x1f\x8b": gettext_noop("a gzip archive"),
    b"PAR1": gettext_noop("a Parquet file"),
    b"%PDF": gettext_noop("a PDF"),
}


def get(name: str) -> Format:
    """Raises UnreadableFile for a name that is not a format's."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnreadableFile(
            _("“%(name)s” is not a known format; choose one of %(names)s.")
            % {"name": name[:80], "names": ", ".join(FORMATS)}
        ) from None


def detect(path: Path, filename: str) -> Format:
    """The format a file is most probably in, by its content first. Raises UnreadableFile saying what it is instead."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise UnreadableFile(_("The file is empty."))
    for magic, kind in _BINARY.items():
        if head.startswith(magic):
            raise UnreadableFile(_("This is %(kind)s; save the data as CSV or JSON Lines.") % {"kind": _(kind)})
    if decoded_head(head).lstrip().startswith("["):
        raise UnreadableFile(_("This is a JSON array; write one object a line instead (JSON Lines)."))
    scores = {name: each.sniff(head, filename) for name, each in FORMATS.items()}
    best = max(scores, key=scores.__getitem__)
    if not scores[best]:
        raise UnreadableFile(_("The file is neither CSV nor JSON Lines text."))
    return FORMATS[best]
