"""What was unpacked, read as one: a file, a folder that is one dataset, or files of one format after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from annotation.questions.speech import gettext as _

from .archives import size_of
from .base import COLUMN_LIMIT, BadRow, FolderFormat, Format, Preview, Reading, Row, SourceQuestion, UnreadableFile
from .readings import ReadingOf

# What lies beside data and says something about it.
DOCUMENTS = (".md", ".pdf", ".html", ".htm", ".docx", ".rtf", ".py", ".ipynb", ".license", ".cff", ".bib")
DOCUMENT_NAMES = ("readme", "license", "licence", "changelog", "citation", "notice", "copying")


def read_file(kind: Format, path: Path, start_after: int = 0) -> Reading:
    """`kind.read` for a file or a folder.

    The records of a folder are numbered on from file to file; a bad row's reason says which file and which line.
    """
    if not path.is_dir() or isinstance(kind, FolderFormat):
        return kind.read(path, start_after)
    return ReadingOf(_Chain(kind, path), lambda files: files.verdicts(start_after))


def preview_file(kind: Format, path: Path, limit: int = 10) -> Preview:
    """`kind.columns_and_preview` for a file or a folder: columns and questions of all its files, rows of the first."""
    if not path.is_dir() or isinstance(kind, FolderFormat):
        return kind.columns_and_preview(path, limit)
    data, documents = data_files(path)
    found = Preview([], [], [])
    columns: dict[str, None] = {}
    questions: dict[str, SourceQuestion] = {}
    for file in data:
        each = kind.columns_and_preview(file, limit)
        columns.update(dict.fromkeys(each.columns))
        if len(columns) > COLUMN_LIMIT:
            raise UnreadableFile(_("The files have too many different columns to be one dataset."))
        for question in each.questions:
            known = questions.get(question.name, question)
            options = tuple(dict.fromkeys((*known.options, *question.options)))
            questions[question.name] = replace(known, options=options)
        found.losses.extend(loss for loss in each.losses if loss not in found.losses)
        found.rows.extend(islice(each.rows, limit - len(found.rows)))
        found.bad.extend(_named(bad, file.relative_to(path), 0) for bad in each.bad[: limit - len(found.bad)])
    found.columns.extend(columns)
    found.questions.extend(questions.values())
    if documents:
        names = ", ".join(str(each.relative_to(path))[:60] for each in documents[:5])
        found.losses.append(_("Not read, because it is no data: %(names)s.") % {"names": names})
    return found


def data_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """The files of a folder by name: those that hold data, and documents such as a README beside them."""
    files = sorted(each for each in folder.rglob("*") if each.is_file())
    documents = [each for each in files if _is_document(each)]
    data = [each for each in files if each not in set(documents)]
    return (data, documents) if data else (files, [])


def _is_document(path: Path) -> bool:
    return path.suffix.lower() in DOCUMENTS or path.stem.lower() in DOCUMENT_NAMES


class _Chain:
    """A folder's files, one after the other; one is open at a time."""

    def __init__(self, kind: Format, folder: Path) -> None:
        self.size = size_of(folder)
        self._folder, self._kind = folder, kind
        self._files, documents = data_files(folder)
        self._behind = sum(each.stat().st_size for each in documents)
        self._open: Reading | None = None

    @property
    def position(self) -> int:
        return min(self.size, self._behind + (self._open.position if self._open else 0))

    def close(self) -> None:
        if self._open:
            self._open.close()

    def verdicts(self, start_after: int) -> Iterator[Row | BadRow]:
        """A file's numbers go on where the last record of the one before stood, so they are the same each time."""
        before = 0
        for file in self._files:
            self._open = self._kind.read(file)
            last = 0
            for verdict in self._open:
                last = verdict.line
                if before + last <= start_after:
                    continue
                if isinstance(verdict, BadRow):
                    yield _named(verdict, file.relative_to(self._folder), before)
                else:
                    yield replace(verdict, line=before + last)
            self._open.close()
            self._open = None
            self._behind += file.stat().st_size
            before += last


def _named(bad: BadRow, name: Path, before: int) -> BadRow:
    reason = _("%(name)s, line %(line)s: %(reason)s") % {"name": str(name)[:80], "line": bad.line, "reason": bad.reason}
    return BadRow.of(before + bad.line, reason, bad.excerpt)
