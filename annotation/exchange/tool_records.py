"""The JSON records of annotation tools' files, which come as a list or one a line, turned into drafts."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .annotated import Mark, joined
from .base import COLUMN_LIMIT, BadRow, Reading, Row, printable
from .json_elements import JsonElements
from .jsonl import parse
from .lines import Lines, TextFile, decoded_head, too_long
from .mapping import METADATA_PREFIX
from .readings import ReadingOf

_HEAD = 64_000
_LOOKED_AT = 5
_BETWEEN = " \t\r\n,"
_DECODER = json.JSONDecoder()


class Unusable(ValueError):
    """Why a record is no item; the message is a sentence."""


class Record(NamedTuple):
    """`line`: the line where it stands, in a list its number; `raw`: what it looks like in the file."""

    line: int
    value: Any
    raw: bytes


Draft = Callable[[int, dict[str, Any]], Row]
Key = Callable[[dict[str, Any]], object]


def drafted(path: Path, draft: Draft, key: Key = lambda value: None) -> Reading:
    """A file's objects, each through `draft`, which raises Unusable. `key`: see `annotated.joined`."""
    source = opened(path)

    def verdicts(source: TextFile) -> Iterator[Row | BadRow]:
        return joined(_drafts(records(source), draft, key))

    return ReadingOf(source, verdicts)


def opened(path: Path) -> TextFile:
    """A list of records, objects over several lines, or one a line. Raises UnreadableFile."""
    with path.open("rb") as file:
        first = decoded_head(file.read(_HEAD)).lstrip().partition("\n")[0].rstrip()
    # A record that stands on one line ends there; what does not is printed over several.
    if first.startswith("[") or (first.startswith("{") and not first.endswith("}") and len(first) < _HEAD // 8):
        return JsonElements(path)
    return Lines(path)


def _drafts(found: Iterator[Record | BadRow], draft: Draft, key: Key) -> Iterator[tuple[object, Row | BadRow]]:
    for record in found:
        if isinstance(record, BadRow):
            yield None, record
            continue
        try:
            if not isinstance(record.value, dict):
                raise Unusable(_("The record is JSON, but not an object."))
            yield key(record.value), draft(record.line, record.value)
        except Unusable as error:
            yield None, BadRow.of(record.line, str(error), record.raw)


def records(source: TextFile) -> Iterator[Record | BadRow]:
    """What a source's lines, or the elements of its list, say; blank lines say nothing."""
    if isinstance(source, JsonElements):
        for element in source:
            yield _parsed(element.number, element.data, element.flaw)
    elif isinstance(source, Lines):
        for line in source:
            if line.data.strip() or not line.whole:
                yield _parsed(line.number, line.data, "" if line.whole else too_long())


def first_objects(head: bytes) -> list[dict[str, Any]]:
    """The whole objects at the start of a file, at most five: what its format is told by."""
    text = decoded_head(head).lstrip()
    found: list[dict[str, Any]] = []
    place = 1 if text.startswith("[") else 0
    try:
        while (
            len(found) < _LOOKED_AT and (start := text.find("{", place)) >= 0 and not text[place:start].strip(_BETWEEN)
        ):
            value, place = _DECODER.raw_decode(text, start)
            found.append(value)
    except (ValueError, RecursionError):
        pass
    return found


def columns_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A row's values; what is called like an earlier one is not overwritten by it. Raises Unusable for too many."""
    values: dict[str, Any] = {}
    for name, value in pairs:
        if isinstance(name, str):
            values.setdefault(name, value)
    if len(values) > COLUMN_LIMIT:
        raise Unusable(_("The object has more than %(column_limit)s keys.") % {"column_limit": number(COLUMN_LIMIT)})
    return values


def as_name(raw: object) -> str:
    """Who annotated, as a name: at most 100 characters that can be stored."""
    return "" if raw is None or isinstance(raw, bool | list | dict) else printable(str(raw), 100)


def _parsed(line: int, raw: bytes, flaw: str) -> Record | BadRow:
    if flaw:
        return BadRow.of(line, flaw, raw)
    try:
        return Record(line, parse(raw), raw)
    except ValueError as error:
        return BadRow.of(line, str(error), raw)


def spread(record: Mapping[str, Any], taken: Collection[str], meta: str = "meta") -> dict[str, Any]:
    """The columns of a record: its keys but those `taken`, an object under `meta` as metadata. Raises Unusable."""
    folded = {meta} if isinstance(record.get(meta), dict) else set()
    pairs = [(name, value) for name, value in record.items() if name not in taken and name not in folded]
    return columns_of(pairs + [(f"{METADATA_PREFIX}{name}", value) for name, value in object_in(record, meta).items()])


def object_in(record: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under a key; {} where there is none."""
    found = record.get(key)
    return found if isinstance(found, dict) else {}


def list_in(record: Mapping[str, Any], key: str) -> list[Any]:
    """The list under a key; [] where there is none."""
    found = record.get(key)
    return found if isinstance(found, list) else []


def triples(value: object) -> tuple[Mark, ...] | None:
    """Spans as [[start, end, label]] or [{start, end, label}], in the spellings of several tools; None for others."""
    if not isinstance(value, list):
        return None
    marks = []
    for each in value:
        if isinstance(each, dict):
            start, end = (each.get(key, each.get(f"{key}_offset")) for key in ("start", "end"))
            each = [start, end, each.get("label"), each.get("text")]
        if not isinstance(each, list) or len(each) < 3 or not isinstance(each[2], str | int) or not each[2]:
            return None
        quote = each[3] if len(each) > 3 and isinstance(each[3], str) else None
        marks.append(Mark(each[0], each[1], str(each[2]), quote))
    return tuple(marks)


def chosen(value: object) -> tuple[str, ...] | None:
    """Names of options: one, or a list of them; None for others."""
    if isinstance(value, str) and value:
        return (value,)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    return None


def column_of(data: Mapping[str, Any], shown: object, quotes: Iterable[object] = ()) -> str:
    """The column that spans lie in, where `shown` is no column: the only text, the first with everything in it that
    they quote, or the longest."""
    if isinstance(shown, str) and isinstance(data.get(shown), str):
        return shown
    texts = [name for name, value in data.items() if isinstance(value, str)]
    if len(texts) < 2:
        return texts[0] if texts else ""
    wanted = [quote for quote in quotes if isinstance(quote, str) and quote]
    fitting = [name for name in texts if wanted and all(quote in data[name] for quote in wanted)]
    return fitting[0] if fitting else max(texts, key=lambda name: len(data[name]))
