"""The file formats that can be imported and exported. To add one: write its file, name it here.

Libraries that only some files need are not imported with a format: see `lazily`, and `confined` for those that read in
a process of their own.
"""

from __future__ import annotations

from pathlib import Path

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop

from .alpaca import Alpaca
from .argilla import Argilla
from .base import FolderFormat, Format, UnreadableFile
from .chat import Chat
from .conll import Conll
from .consensus_table import ConsensusTable
from .csv import Csv
from .docbin import DocBinFile
from .doccano import Doccano
from .excel import Excel
from .fasttext import FastText
from .huggingface import HuggingFace
from .json import Json
from .jsonl import JsonLines
from .label_studio import LabelStudio
from .label_studio_template import LabelStudioConfiguration
from .long_table import LongTable
from .members import data_files
from .parquet import Parquet
from .plain_text import TextFiles, TextLines, TextParagraphs
from .preference import Preference
from .prodigy import Prodigy
from .sharegpt import ShareGpt
from .soft_labels import SoftLabels
from .spacy_jsonl import SpacyJsonLines

# In the order in which people are offered them; among formats as likely as each other the first is taken.
FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Csv(),
        JsonLines(),
        Json(),
        Parquet(),
        Excel(),
        HuggingFace(),
        TextLines(),
        TextParagraphs(),
        TextFiles(),
        FastText(),
        LongTable(),
        ConsensusTable(),
        SoftLabels(),
        Chat(),
        Alpaca(),
        ShareGpt(),
        Preference(),
        LabelStudio(),
        LabelStudioConfiguration(),
        Doccano(),
        Argilla(),
        Prodigy(),
        Conll(),
        SpacyJsonLines(),
        DocBinFile(),
    )
}

_HEAD = 64_000
_BINARY = {
    b"PK\x03\x04": gettext_noop("a zip archive"),
    b"\xd0\xcf\x11\xe0": gettext_noop("an old Excel workbook"),
    b"\x1f\x8b": gettext_noop("a gzip archive"),
    b"BZh": gettext_noop("a bzip2 archive"),
    b"\xfd7zXZ": gettext_noop("an xz archive"),
    b"7z\xbc\xaf": gettext_noop("a 7-Zip archive"),
    b"Rar!": gettext_noop("a RAR archive"),
    b"%PDF": gettext_noop("a PDF"),
    b"SQLite format 3": gettext_noop("a database"),
    b"\x89PNG": gettext_noop("a picture"),
    b"\xff\xd8\xff": gettext_noop("a picture"),
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


def readable() -> list[Format]:
    return [each for each in FORMATS.values() if each.reads]


def detect(path: Path, filename: str) -> Format:
    """The format a file is most probably in, by its content first; of a folder, what its files are.

    Raises UnreadableFile saying what it is instead.
    """
    return _detect_folder(path) if path.is_dir() else _detect_file(path, filename)


def _detect_folder(folder: Path) -> Format:
    names = sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    scores = {each.name: each.sniff_folder(folder, names) for each in readable() if isinstance(each, FolderFormat)}
    best = max(scores, key=scores.__getitem__, default="")
    if best and scores[best] > 0.5:
        return FORMATS[best]
    found: dict[str, Path] = {}
    for file in data_files(folder)[0]:
        try:
            found.setdefault(_detect_file(file, file.name).name, file)
        except UnreadableFile as error:
            raise UnreadableFile(
                _("“%(name)s” in the archive: %(reason)s")
                % {"name": str(file.relative_to(folder))[:80], "reason": error}
            ) from error
    if len(found) == 1:
        return FORMATS[next(iter(found))]
    if best and scores[best]:
        return FORMATS[best]
    kinds = ", ".join(f"{file.name[:60]} ({FORMATS[name].title})" for name, file in list(found.items())[:5])
    raise UnreadableFile(_("The archive holds files of several kinds: %(kinds)s. Pack one kind.") % {"kinds": kinds})


def _detect_file(path: Path, filename: str) -> Format:
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise UnreadableFile(_("The file is empty."))
    scores = {each.name: each.sniff(head, filename) for each in readable()}
    best = max(scores, key=scores.__getitem__)
    for magic, kind in _BINARY.items():
        # Text may by chance begin so, and a name may lie.
        if scores[best] < 0.95 and head.startswith(magic):
            raise UnreadableFile(_("This is %(kind)s; save the data as CSV or JSON Lines.") % {"kind": _(kind)})
    if not scores[best]:
        raise UnreadableFile(_("The file is neither CSV nor JSON Lines text."))
    return FORMATS[best]
