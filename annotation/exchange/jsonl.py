"""JSON Lines: one object a line; the lossless format.

A record may be flat (`{"text": …, "label": …}`) or in the shape the writer writes, with an object `fields`: then
`fields`, `metadata` and `gold` are unfolded into the columns `fields.text`, `metadata.channel`, `gold.intent`, and of
every label its value into `labels.intent`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import COLUMN_LIMIT, BadRow, Preview, Reading, Row, Setting, Shape, Sink, UnreadableFile, Written, printable
from .canonical import canonical_json
from .lines import Line, Lines, decoded_head, too_long
from .own_votes import Asked, votes_of
from .readings import ReadingOf

UNFOLDED = ("fields", "metadata", "gold")
DIGIT_LIMIT = 1_000
_PREVIEW_SCAN = 10_000
_WRITTEN_AT_ONCE = 100


class JsonLines:
    """Reader and writer of `.jsonl` and `.ndjson`."""

    name = "jsonl"
    title = "JSON Lines"
    extensions: tuple[str, ...] = (".jsonl", ".ndjson")
    media_type = "application/x-ndjson"
    reads = writes = keeps_split = keeps_gold = True
    settings: tuple[Setting, ...] = ()

    def sniff(self, head: bytes, filename: str) -> float:
        known = filename.lower().endswith(self.extensions)
        first = decoded_head(head).lstrip().partition("\n")[0]
        if not first.startswith("{"):
            return 0.5 if known else 0.0
        try:
            return 0.95 if isinstance(_parse(first), dict) else 0.5
        except (ValueError, RecursionError):
            return 0.9 if known else 0.6

    def columns_and_preview(self, path: Path, limit: int = 10) -> Preview:
        """Columns are the keys of the first 10,000 records, in order of appearance."""
        return preview_of(self.read(path), limit)

    def read(self, path: Path, start_after: int = 0) -> Reading:
        def verdicts(lines: Lines) -> Iterator[Row | BadRow]:
            for line in lines:
                if line.number > start_after and (verdict := _verdict(line)):
                    yield verdict

        return ReadingOf(Lines(path), verdicts)

    def leaves_out(self, shape: Shape) -> list[str]:
        return []

    def write(
        self, records: Iterable[dict[str, Any]], target: Sink, shape: Shape, settings: Mapping[str, str]
    ) -> Written:
        """Canonical JSON, one record a line."""
        return self.write_frozen(map(canonical_json, records), target)

    def write_frozen(self, lines: Iterable[bytes], target: Sink) -> Written:
        """The same from records as they are kept (`frozen`): they are lines of this format."""
        written, lines = Written(), iter(lines)
        while piece := list(islice(lines, _WRITTEN_AT_ONCE)):
            target.write(b"\n".join(piece) + b"\n")
            written.rows += len(piece)
        return written


def preview_of(reading: Reading, limit: int) -> Preview:
    """The start of a reading, which is closed then. Raises UnreadableFile where it is empty or has too many columns."""
    columns: dict[str, None] = {}
    asked = Asked()
    preview = Preview([], [], [])
    try:
        for verdict in islice(reading, _PREVIEW_SCAN):
            if isinstance(verdict, BadRow):
                preview.bad.append(verdict)
                continue
            asked.look(verdict)
            columns.update(dict.fromkeys(verdict.values))
            if len(columns) > COLUMN_LIMIT:
                raise UnreadableFile(
                    _("The records have more than %(column_limit)s different keys.")
                    % {"column_limit": number(COLUMN_LIMIT)}
                )
            if len(preview.rows) < limit:
                preview.rows.append(verdict)
    finally:
        reading.close()
    if not (columns or preview.bad):
        raise UnreadableFile(_("The file is empty."))
    preview.columns.extend(columns)
    preview.questions.extend(asked.questions())
    return preview


def row_of(place: int, data: bytes, losses: tuple[str, ...] = ()) -> Row | BadRow:
    """What the bytes of one record say; `place`: its line or number."""
    try:
        record = parse(data)
        values = _unfold(record)
    except ValueError as error:
        return BadRow.of(place, str(error), data)
    if values is record:
        return Row(place, values, losses=losses)
    votes, lost = votes_of(record)
    return Row(place, values, votes, (*losses, *lost))


def parse(data: bytes) -> Any:
    """A record's bytes as JSON, strictly: no key twice, no NaN. Raises ValueError with a sentence."""
    try:
        return _parse(data.decode())
    except UnicodeDecodeError as error:
        raise ValueError(_("The line is not valid UTF-8 (byte %(start)s).") % {"start": error.start + 1}) from error
    except json.JSONDecodeError as error:
        raise ValueError(
            _("Not a JSON object: %(problem)s at character %(colno)s.")
            % {"problem": error.msg.removesuffix(" at"), "colno": error.colno}
        ) from error
    except RecursionError as error:
        raise ValueError(_("The JSON is nested too deeply.")) from error


def _verdict(line: Line) -> Row | BadRow | None:
    """None for a blank line."""
    if not line.whole:
        return BadRow.of(line.number, too_long(), line.data)
    return row_of(line.number, line.data) if line.data.strip() else None


def _parse(text: str) -> Any:
    return _DECODER.decode(text)


def _unfold(record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise ValueError(_("The line is JSON, but not an object."))
    if not isinstance(record.get("fields"), dict):
        values = record
    else:
        nested = {name: record[name] for name in UNFOLDED if isinstance(record.get(name), dict)}
        pairs = [(key, value) for key, value in record.items() if key not in nested]
        pairs += [(f"{name}.{key}", value) for name, inner in nested.items() for key, value in inner.items()]
        pairs += _values_of_labels(record.get("labels"))
        values = _object(pairs)
    if len(values) > COLUMN_LIMIT:
        raise ValueError(_("The object has more than %(column_limit)s keys.") % {"column_limit": number(COLUMN_LIMIT)})
    return values


def _values_of_labels(labels: Any) -> list[tuple[str, Any]]:
    """What was decided, beside the whole of it, which stays a column of its own."""
    if not isinstance(labels, dict):
        return []
    return [
        (f"labels.{name}", label["value"])
        for name, label in labels.items()
        if isinstance(label, dict) and "value" in label
    ]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # RFC 8259 leaves duplicate keys open; silently taking the last would lose what the other said.
    record = dict(pairs)
    if len(record) != len(pairs):
        counts = Counter(key for key, _value in pairs)
        repeated = next(key for key, count in counts.items() if count > 1)
        raise ValueError(_("The key “%(repeated)s” occurs twice.") % {"repeated": printable(repeated, 80)})
    return record


def _constant(name: str) -> Any:
    raise ValueError(_("%(name)s is not a JSON number.") % {"name": name})


def _decimal(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError(_("The number %(digits)s is too large.") % {"digits": printable(digits, 40)})
    return number


def _integer(digits: str) -> int:
    if len(digits) > DIGIT_LIMIT:
        raise ValueError(_("A number of %(count)s digits is too large.") % {"count": number(len(digits))})
    return int(digits)


# One for all: json.loads with other than its defaults makes a new one per call.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_decimal, parse_int=_integer
)
