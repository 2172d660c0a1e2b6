"""Argilla's datasets: the folder of `Dataset.to_disk`, zipped, and records alone as its clients hand them out.

A submitted response is a vote; drafts and discarded ones are losses. A suggestion is the vote of the model that is its
agent. What is asked stands in `.argilla/settings.json`; without it, it shows in the answers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import gettext_noop, number

from .annotated import preview_of, reading_of
from .argilla_answers import people_of, suggestions_of
from .argilla_records import Names, dataset_of, record_of
from .argilla_settings import LONGEST_GUIDELINES, SETTINGS, settings_of, source_questions
from .base import (
    BadRow,
    Preview,
    Reading,
    Row,
    Setting,
    Shape,
    Sink,
    SourceQuestion,
    UnreadableFile,
    Unwritable,
    Written,
)
from .canonical import canonical_json
from .confined import ConfinedReading
from .jsonl import parse
from .readings import ReadingOf
from .tool_records import Draft, Unusable, drafted, first_objects, object_in, spread
from .zip_files import ZipOutput

RECORDS, DATASET, PEOPLE = "records.json", ".argilla/dataset.json", ".argilla/synthweb.json"
BOOKKEEPING = {"responses", "suggestions", "vectors", "status", "_server_id", "inserted_at", "updated_at"}
_SMALL_FILE = 4 << 20


class Argilla:
    """Reader and writer of Argilla's datasets."""

    name = "argilla"
    title = "Argilla"
    extensions: tuple[str, ...] = (".zip", ".json")
    media_type = "application/zip"
    reads = writes = True
    keeps_split = keeps_gold = False
    settings: tuple[Setting, ...] = (
        Setting(
            "holds",
            gettext_noop("What is in it"),
            (
                ("votes", gettext_noop("What people and models answered; the people have to be users there first")),
                ("labels", gettext_noop("What was decided, as suggestions; any Argilla takes it")),
            ),
        ),
    )

    def sniff(self, head: bytes, filename: str) -> float:
        found = first_objects(head)
        return 0.98 if found and all(map(_is_record, found)) else 0.0

    def sniff_folder(self, folder: Path, names: list[str]) -> float:
        if not (SETTINGS in names or DATASET in names):
            return 0.0
        # On the hub, the records are in Parquet.
        return 1.0 if RECORDS in names or any(map(_is_tables, names)) else 0.0

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        return preview_of(_Drafts(path), _records_in(path), limit, _declared(path))

    def read(self, path: Path, start_after: int = 0) -> Reading:
        return reading_of(_Drafts(path), _records_in(path), start_after, _declared(path))

    def leaves_out(self, shape: Shape) -> list[str]:
        left = [
            _("When, and how long, people answered; their reasons."),
            _("More than one model: there is one suggestion for each question, of the first model."),
            _("The probabilities of models: a suggestion has one score, the model’s confidence."),
            _("Splits, stages and where items come from; of what was decided and what was answered, one of both."),
            _(
                "The names of people: Argilla knows them by the numbers in “.argilla/synthweb.json”, and takes answers "
                "of none but its users, who can be created with these numbers."
            ),
        ]
        if any(question.type == "multichoice" for question in shape.asked):
            left.append(_("That none of the options was chosen."))
        if len(shape.guidelines) > LONGEST_GUIDELINES:
            left.append(_("Guidelines beyond their first %(most)s characters.") % {"most": number(LONGEST_GUIDELINES)})
        if any(question.required and question.condition for question in shape.asked):
            left.append(_("When a question is asked: those that depend on others may be left out there."))
        return left

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """A zip: unpacked, `argilla.Dataset.from_disk(folder)` opens it."""
        if not shape.asked:
            raise Unwritable(_("A project without questions has nothing that Argilla could ask."))
        written = Written()
        names = Names()
        decided = settings.get("holds") == "labels"
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"[")
            for record in records:
                line = canonical_json(record_of(record, shape, names, written, decided=decided))
                file.write((b",\n" if written.rows else b"\n") + line)
                written.rows += 1
            file.write(b"\n]\n")
            file.flush()
            with ZipOutput(target) as archive:
                archive.add(SETTINGS, canonical_json(settings_of(shape)))
                archive.add(DATASET, canonical_json(dataset_of(shape)))
                archive.add(PEOPLE, canonical_json({"users": names.users, "agents": names.agents}))
                archive.add(RECORDS, Path(file.name))
        return written


class _Drafts:
    """Opens the drafts of a file of records, knowing what the folder around it says."""

    def __init__(self, path: Path) -> None:
        self._types = {each.name: each for each in _declared(path)}
        known = _document(path, PEOPLE)
        self._names = object_in(known, "users")
        self._agents = object_in(known, "agents")

    def __call__(self, path: Path) -> Reading:
        if path.is_dir():
            return ReadingOf(ConfinedReading("datasets", path), lambda rows: _of_tables(rows, self._draft))
        return drafted(path, self._draft)

    def _draft(self, line: int, record: dict[str, Any]) -> Row:
        losses: list[str] = []
        nested = isinstance(record.get("fields"), dict)
        shown: dict[str, Any] = record["fields"] if nested else _fields_of(record)
        votes, taken = people_of(record, shown, self._types, self._names, losses)
        suggested, more = suggestions_of(record, shown, self._types, self._agents, losses)
        if record.get("vectors"):
            losses.append(_("Vectors of a record."))
        taken |= more | BOOKKEEPING
        if nested:
            taken.add("fields")
            record = {**{name: record[name] for name in ("id", "external_id") if name in record}, **shown, **record}
        metadata = record.get("metadata")
        if isinstance(metadata, str):
            # As datasets on the hub have it.
            record = {**record, "metadata": _object(metadata)}
        return Row(line, spread(record, taken, "metadata"), (*votes, *suggested), tuple(losses))


def _is_record(record: Mapping[str, Any]) -> bool:
    """With fields and what was said of them, or flat: `label.responses` (version 2), `label-suggestion` (version 1)."""
    if isinstance(record.get("fields"), dict):
        return "responses" in record or "suggestions" in record
    return any(name.endswith((".responses", ".responses.users", ".suggestion", "-suggestion")) for name in record)


def _fields_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Of a flat record, what spans can lie in."""
    names = record.keys() - BOOKKEEPING - {"id", "external_id", "metadata"}
    return {name: value for name, value in record.items() if name in names and "." not in name and "-sugg" not in name}


def _is_tables(name: str) -> bool:
    return name.endswith((".parquet", ".arrow"))


def _records_in(path: Path) -> Path:
    """The file of records; a folder that is a dataset on the hub itself."""
    if path.is_dir() and (path / RECORDS).is_file():
        return path / RECORDS
    if path.is_dir() and not any(_is_tables(file.name) for file in path.rglob("*")):
        raise UnreadableFile(_("The archive holds no %(records)s.") % {"records": RECORDS})
    return path


def _of_tables(rows: ConfinedReading, draft: Draft) -> Iterator[Row | BadRow]:
    """The drafts of a dataset on the hub, whose records are rows of tables."""
    for row in rows:
        if isinstance(row, BadRow):
            yield row
            continue
        try:
            yield draft(row.line, row.values)
        except Unusable as error:
            yield BadRow.of(row.line, str(error), str(row.values))


def _declared(path: Path) -> list[SourceQuestion]:
    return source_questions(_document(path, SETTINGS))


def _document(path: Path, name: str) -> dict[str, Any]:
    """A small file beside the records; {} where there is none that can be read."""
    file = path / name
    if not path.is_dir() or not file.is_file() or file.stat().st_size > _SMALL_FILE:
        return {}
    return _object(file.read_bytes())


def _object(raw: str | bytes) -> dict[str, Any]:
    try:
        found = parse(raw.encode("utf-8", "replace") if isinstance(raw, str) else raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
