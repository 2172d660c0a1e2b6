"""The file formats that can be imported and exported. To add one: write its file, name it here."""

from __future__ import annotations

from pathlib import Path

from .base import Format, UnreadableFile
from .csv import Csv
from .jsonl import JsonLines
from .lines import decoded_head

FORMATS: dict[str, Format] = {each.name: each for each in (Csv(), JsonLines())}

_HEAD = 64_000
_BINARY = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}


def get(name: str) -> Format:
    """Raises UnreadableFile for a name that is not a format's."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnreadableFile(f"“{name[:80]}” is not a known format; choose one of {', '.join(FORMATS)}.") from None


def detect(path: Path, filename: str) -> Format:
    """The format a file is most probably in, by its content first. Raises UnreadableFile saying what it is instead."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise UnreadableFile("The file is empty.")
    for magic, kind in _BINARY.items():
        if head.startswith(magic):
            raise UnreadableFile(f"This is {kind}; save the data as CSV or JSON Lines.")
    if decoded_head(head).lstrip().startswith("["):
        raise UnreadableFile("This is a JSON array; write one object a line instead (JSON Lines).")
    scores = {name: each.sniff(head, filename) for name, each in FORMATS.items()}
    best = max(scores, key=scores.__getitem__)
    if not scores[best]:
        raise UnreadableFile("The file is neither CSV nor JSON Lines text.")
    return FORMATS[best]
