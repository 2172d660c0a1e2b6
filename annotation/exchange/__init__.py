"""File formats: uploaded files in, items and verdicts out; export records in, files out. No database."""

from .base import (
    BadRow,
    Format,
    ImportedItem,
    ImportedVote,
    Preview,
    Reading,
    Row,
    Setting,
    Shape,
    SourceQuestion,
    SourceVote,
    UnreadableFile,
    Unwritable,
    Written,
)
from .canonical import canonical_json, content_hash
from .items import to_item
from .mapping import InvalidMapping, Mapping, guess
from .registry import FORMATS, detect, get

__all__ = [
    "FORMATS",
    "BadRow",
    "Format",
    "ImportedItem",
    "ImportedVote",
    "InvalidMapping",
    "Mapping",
    "Preview",
    "Reading",
    "Row",
    "Setting",
    "Shape",
    "SourceQuestion",
    "SourceVote",
    "UnreadableFile",
    "Unwritable",
    "Written",
    "canonical_json",
    "content_hash",
    "detect",
    "get",
    "guess",
    "to_item",
]
