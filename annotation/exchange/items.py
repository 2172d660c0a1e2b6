"""From a row of a file to an item of a project."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotation.questions import (
    FIELD_TYPES,
    Answer,
    Fields,
    InvalidAnswer,
    InvalidField,
    Question,
    as_text,
    not_text,
)
from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .answers import AnswerReader, Ballots
from .base import BadRow, ImportedItem, Loss, Row, printable
from .canonical import canonical_json, hash_of, spelled
from .mapping import Mapping

FIELD_LIMIT = 200_000
EXTERNAL_ID_LIMIT = 200
DEPTH_LIMIT = 64
SPLIT_LIMIT = 20
REMEMBERED = 1_000
SOURCES = ("imported", "recipe")


class _Rejected(ValueError):
    """Why a row is not an item."""


class Intake:
    """What a mapping makes of a file's rows, for a project that shows `shown` and asks `questions`."""

    def __init__(self, mapping: Mapping, shown: Sequence[dict[str, str]], questions: Sequence[Question]) -> None:
        self._mapping = mapping
        kinds = {field["name"]: field["type"] for field in shown}
        self._fields = [(name, kinds[name], column) for name, column in mapping.fields.items()]
        self._gold = [(AnswerReader(each), mapping.gold[each.name]) for each in questions if each.name in mapping.gold]
        self._ballots = Ballots(mapping, questions)
        self._metadata: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}

    def item(self, row: Row) -> ImportedItem | BadRow:
        """The item a row describes, or why it is none. Text is kept exactly; PostgreSQL can store what is accepted."""
        mapping = self._mapping
        try:
            fields = {name: _field(kind, row, column) for name, kind, column in self._fields}
            if not any(as_text(kind, fields[name]).strip() for name, kind, _column in self._fields if fields[name]):
                raise _Rejected(
                    _("There is no text in %(names)s.")
                    % {"names": _(" or ").join(f"“{name}”" for name in mapping.fields.values())}
                )
            external_id = _text(row, mapping.external_id, EXTERNAL_ID_LIMIT).strip() if mapping.external_id else ""
            gold = {
                reader.question.name: _known(reader, raw, fields)
                for reader, column in self._gold
                if (raw := _given(row, column)) is not None
            }
            metadata = self._metadata_of(row)
        except _Rejected as error:
            return BadRow.of(row.line, str(error), _excerpt(row))
        votes, losses = self._ballots.votes_of(row, fields)
        losses += [Loss(printable(sentence, 500)) for sentence in row.losses]
        split = self._word(row, mapping.split, SPLIT_LIMIT, losses) if mapping.split else ""
        source = self._word(row, mapping.source, SPLIT_LIMIT, losses) if mapping.source else ""
        written = spelled(fields)
        return ImportedItem(
            line=row.line,
            fields=fields,
            external_id=external_id,
            metadata=metadata,
            gold=gold,
            content_hash=hash_of(written),
            votes=votes,
            losses=tuple(losses),
            split=split,
            source=source if source in SOURCES else SOURCES[0],
            spelled=written,
        )

    def _metadata_of(self, row: Row) -> dict[str, Any]:
        # Most files have the same columns in every row.
        columns = tuple(row.values)
        pairs = self._metadata.get(columns)
        if pairs is None:
            if len(self._metadata) >= REMEMBERED:
                self._metadata.clear()
            known = set(columns)
            pairs = tuple((key, name) for key, name in self._mapping.metadata_columns(columns).items() if name in known)
            for key, _name in pairs:
                _check_characters(key, "metadata")
            self._metadata[columns] = pairs
        values = row.values
        metadata = {key: values[column] for key, column in pairs}
        for key, value in metadata.items():
            if isinstance(value, str):
                _check_characters(value, key)
            elif isinstance(value, list | dict):
                _check_value(value, key)
        return metadata

    def _word(self, row: Row, column: str, limit: int, losses: list[Loss]) -> str:
        """What is worth a loss and no rejection."""
        try:
            return _text(row, column, limit).strip()
        except _Rejected as error:
            losses.append(Loss(_("A value of “%(column)s” that is not a short word.") % {"column": column}, str(error)))
            return ""


def to_item(
    row: Row, mapping: Mapping, shown: Sequence[dict[str, str]], questions: Sequence[Question]
) -> ImportedItem | BadRow:
    """A single row's `Intake`."""
    return Intake(mapping, shown, questions).item(row)


def _field(kind: str, row: Row, column: str) -> Any:
    """The value as a field of this kind stores it; "" where there is none."""
    value = row.values.get(column)
    if value is None or value == "":
        return ""
    if type(value) is str and kind == "text":
        # What nearly every cell is; the way below comes to the same.
        _check_characters(value, column)
        _check_length(value, column)
        return value
    _check_value(value, column)
    try:
        cleaned = FIELD_TYPES[kind].clean(value)
    except InvalidField as error:
        raise _Rejected(f"“{column}” {error}.") from error
    _check_value(cleaned, column)
    _check_length(as_text(kind, cleaned), column)
    return cleaned


def _check_length(text: str, column: str) -> None:
    if len(text) > FIELD_LIMIT:
        raise _Rejected(
            _("“%(column)s” has %(length)s characters; at most %(field_limit)s can be imported.")
            % {"column": column, "length": number(len(text)), "field_limit": number(FIELD_LIMIT)}
        )


def _text(row: Row, column: str, limit: int) -> str:
    value = row.values.get(column)
    if value is None:
        return ""
    if isinstance(value, bool | list | dict):
        raise _Rejected(f"“{column}” {not_text(value)}.")
    text = value if isinstance(value, str) else canonical_json(value).decode()
    if len(text) > limit:
        raise _Rejected(
            _("“%(column)s” has %(count)s characters; at most %(limit)s can be imported.")
            % {"column": column, "count": number(len(text)), "limit": number(limit)}
        )
    _check_characters(text, column)
    return text


def _given(row: Row, column: str | None) -> object | None:
    value = row.values.get(column) if column else None
    return None if isinstance(value, str) and not value.strip() else value


def _known(reader: AnswerReader, raw: object, fields: Fields) -> Answer:
    try:
        return reader.answer(raw, fields)
    except InvalidAnswer as error:
        question = reader.question
        allowed = (
            " " + _("Allowed: %(names)s.") % {"names": ", ".join(question.values[:30])} if question.options else ""
        )
        raise _Rejected(_("Gold answer: %(error)s") % {"error": error} + allowed) from error


def _check_value(value: object, key: str) -> None:
    """Walks without recursion: what is too deep for us was not too deep for the parser."""
    level: list[object] = [value]
    for _depth in range(DEPTH_LIMIT):
        if not level:
            return
        inner: list[object] = []
        for each in level:
            if isinstance(each, str):
                _check_characters(each, key)
            elif isinstance(each, dict):
                inner += [*each.keys(), *each.values()]
            elif isinstance(each, list):
                inner += each
        level = inner
    if level:
        raise _Rejected(
            _("“%(key)s” is nested more than %(depth_limit)s levels deep.") % {"key": key, "depth_limit": DEPTH_LIMIT}
        )


def _check_characters(text: str, name: str) -> None:
    if "\0" in text:
        raise _Rejected(_("“%(name)s” contains a NUL character.") % {"name": name})
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise _Rejected(
                _("“%(name)s” contains half a character (a lone surrogate) at %(start)s.")
                % {"name": name, "start": error.start + 1}
            ) from error


def _excerpt(row: Row) -> str:
    return ", ".join(f"{str(key)[:40]}: {str(value)[:80]}" for key, value in list(row.values.items())[:8])
