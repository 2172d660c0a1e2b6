"""File formats: uploaded files in, items and verdicts out; export records in, files out. No database."""

from .archives import Unpacked, unpack
from .base import (
    BadRow,
    Format,
    ImportedItem,
    ImportedVote,
    Loss,
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
from .canonical import canonical_json, content_hash, spelled
from .items import Intake, to_item
from .mapping import InvalidMapping, Mapping, guess
from .members import preview_file, read_file
from .registry import FORMATS, detect, get, readable

__all__ = [
    "FORMATS",
    "BadRow",
    "Format",
    "ImportedItem",
    "ImportedVote",
    "Intake",
    "InvalidMapping",
    "Loss",
    "Mapping",
    "Preview",
    "Reading",
    "Row",
    "Setting",
    "Shape",
    "SourceQuestion",
    "SourceVote",
    "Unpacked",
    "UnreadableFile",
    "Unwritable",
    "Written",
    "canonical_json",
    "content_hash",
    "detect",
    "get",
    "guess",
    "preview_file",
    "read_file",
    "readable",
    "spelled",
    "to_item",
    "unpack",
]
