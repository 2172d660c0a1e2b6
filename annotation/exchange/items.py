"""From a row of a file to an item of a project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from annotation.questions import (
    FIELD_TYPES,
    Answer,
    Fields,
    InvalidAnswer,
    InvalidField,
    Question,
    Shape,
    as_text,
    not_text,
    type_of,
)
from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import BadRow, ImportedItem, Row
from .canonical import canonical_json, content_hash
from .mapping import Mapping

FIELD_LIMIT = 200_000
EXTERNAL_ID_LIMIT = 200
DEPTH_LIMIT = 64


class _Rejected(ValueError):
    """Why a row is not an item."""


def to_item(
    row: Row, mapping: Mapping, shown: Sequence[dict[str, str]], questions: Sequence[Question]
) -> ImportedItem | BadRow:
    """The item a row describes, or why it is none; `shown` are the project's fields.

    Text is kept exactly; PostgreSQL can store whatever is accepted.
    """
    try:
        kinds = {field["name"]: field["type"] for field in shown}
        fields = {name: _field(kinds[name], row, column) for name, column in mapping.fields.items()}
        if not any(as_text(kinds[name], value).strip() for name, value in fields.items() if value):
            raise _Rejected(
                _("There is no text in %(names)s.")
                % {"names": _(" or ").join(f"“{name}”" for name in mapping.fields.values())}
            )
        external_id = _text(row, mapping.external_id, EXTERNAL_ID_LIMIT).strip() if mapping.external_id else ""
        gold = {
            question.name: _gold(question, raw, fields)
            for question in questions
            if (raw := _given(row, mapping.gold.get(question.name))) is not None
        }
        return ImportedItem(row.line, fields, external_id, _metadata(row, mapping), gold, content_hash(fields))
    except _Rejected as error:
        return BadRow.of(row.line, str(error), _excerpt(row))


def _field(kind: str, row: Row, column: str) -> Any:
    """The value as a field of this kind stores it; "" where there is none."""
    value = row.values.get(column)
    if value is None or value == "":
        return ""
    _check_value(value, column)
    try:
        cleaned = FIELD_TYPES[kind].clean(value)
    except InvalidField as error:
        raise _Rejected(f"“{column}” {error}.") from error
    _check_value(cleaned, column)
    length = len(as_text(kind, cleaned))
    if length > FIELD_LIMIT:
        raise _Rejected(
            _("“%(column)s” has %(length)s characters; at most %(field_limit)s can be imported.")
            % {"column": column, "length": number(length), "field_limit": number(FIELD_LIMIT)}
        )
    return cleaned


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


def _gold(question: Question, raw: object, fields: Fields) -> Answer:
    """Options are known by value or title, whatever the case; an exact value comes first."""
    if question.options and isinstance(raw, str | int | float) and not isinstance(raw, bool):
        text = str(raw).strip()
        spellings = {option.title.casefold(): option.value for option in reversed(question.options)}
        spellings |= {option.value.casefold(): option.value for option in reversed(question.options)}
        raw = text if text in question.values else spellings.get(text.casefold(), text)
    kind = type_of(question)
    try:
        # A written answer may look like JSON and yet be text.
        return kind.clean(question, raw if kind.shape is Shape.WRITTEN else _document(raw), fields)
    except InvalidAnswer as error:
        allowed = (
            " " + _("Allowed: %(names)s.") % {"names": ", ".join(question.values[:30])} if question.options else ""
        )
        raise _Rejected(_("Gold answer: %(error)s") % {"error": error} + allowed) from error


def _document(raw: object) -> object:
    """Files without lists, such as CSV, hold them as JSON."""
    if isinstance(raw, str) and raw.lstrip()[:1] == "[":
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            return raw
    return raw


def _metadata(row: Row, mapping: Mapping) -> dict[str, Any]:
    columns = mapping.metadata_columns(row.values)
    metadata = {key: row.values[column] for key, column in columns.items() if column in row.values}
    for key, value in metadata.items():
        _check_characters(key, "metadata")
        _check_value(value, key)
    return metadata


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
