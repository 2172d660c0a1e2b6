"""What an item shows, field by field: which values each type of field admits, and how they read as plain text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .base import Fields
from .speech import gettext as _
from .speech import gettext_noop, number

MOST_TURNS, MOST_CELLS = 1_000, 20_000


class InvalidField(ValueError):
    """A value that a field of this type cannot show; the message says why."""


@dataclass(frozen=True, slots=True)
class FieldType:
    """`clean`: a raw value → what is stored, or InvalidField. `text`: what is stored → as a model reads it."""

    title: str
    clean: Callable[[object], Any]
    text: Callable[[Any], str]


def as_texts(fields: Sequence[Mapping[str, str]], values: Fields) -> dict[str, str]:
    """An item's stored values as plain text, field by field; a field without a value reads as nothing."""
    return {each["name"]: as_text(each["type"], values.get(each["name"])) for each in fields}


def as_text(kind: str, value: Any) -> str:
    return FIELD_TYPES[kind].text(value) if value else ""


def not_text(value: bool | list[Any] | dict[str, Any]) -> str:
    """What such a value is instead."""
    if isinstance(value, bool):
        return _("is true or false, not text")
    return _("is an object, not text") if isinstance(value, dict) else _("is a list, not text")


def _plain(value: object) -> str:
    if isinstance(value, bool | list | dict):
        raise InvalidField(not_text(value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _turns(value: object) -> list[dict[str, str]]:
    """[{role, content}], or JSON of it."""
    raw = _document(value)
    if not isinstance(raw, list) or not raw or len(raw) > MOST_TURNS:
        raise InvalidField(
            _("is a conversation: a list of 1 to %(most)s turns {role, content}") % {"most": number(MOST_TURNS)}
        )
    for place, turn in enumerate(raw, 1):
        if not isinstance(turn, dict) or set(turn) != {"role", "content"}:
            raise InvalidField(_("turn %(place)s must be an object with role and content") % {"place": place})
        if not all(isinstance(each, str) for each in turn.values()) or not turn["role"].strip():
            raise InvalidField(_("turn %(place)s: role and content are text") % {"place": place})
    return raw


def _table(value: object) -> dict[str, list[Any]]:
    """{columns, rows}, or a list of objects, or a list of lists that begins with the header, or JSON of one of them."""
    raw = _document(value)
    if isinstance(raw, dict) and set(raw) == {"columns", "rows"}:
        columns, rows = raw["columns"], raw["rows"]
    elif isinstance(raw, list) and raw and all(isinstance(row, dict) for row in raw):
        columns = list(dict.fromkeys(key for row in raw for key in row))
        rows = [[row.get(key, "") for key in columns] for row in raw]
    elif isinstance(raw, list) and raw and all(isinstance(row, list) for row in raw):
        columns, *rows = raw
    else:
        raise InvalidField(_("is a table: a list of objects, a list of lists, or {columns, rows}"))
    if not isinstance(columns, list) or not columns or not isinstance(rows, list):
        raise InvalidField(_("is a table with columns and rows"))
    if len(columns) * (len(rows) + 1) > MOST_CELLS:
        raise InvalidField(_("is a table of more than %(most)s cells") % {"most": number(MOST_CELLS)})
    for place, row in enumerate(rows, 1):
        if not isinstance(row, list) or len(row) != len(columns):
            raise InvalidField(_("row %(place)s must have %(count)s cells") % {"place": place, "count": len(columns)})
    return {"columns": [_cell(each) for each in columns], "rows": [[_cell(each) for each in row] for row in rows]}


def _cell(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _document(value: object) -> object:
    """Files without lists, such as CSV, hold them as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise InvalidField(_("is no JSON: %(error)s") % {"error": error}) from error


def _as_turns(value: Sequence[Mapping[str, str]]) -> str:
    return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in value)


def _as_table(value: Mapping[str, Any]) -> str:
    return "\n".join("\t".join(row) for row in [value["columns"], *value["rows"]])


FIELD_TYPES = {
    "text": FieldType(gettext_noop("Text"), _plain, str),
    "markdown": FieldType("Markdown", _plain, str),
    "response": FieldType(gettext_noop("Response, beside its neighbours"), _plain, str),
    "chat": FieldType(gettext_noop("Conversation"), _turns, _as_turns),
    "table": FieldType(gettext_noop("Table"), _table, _as_table),
}
# What spans can lie in and text questions can start from: stored as the very text that is shown.
PLAIN_TYPES = ("text", "markdown", "response")
