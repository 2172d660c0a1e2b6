"""An export record's texts, for formats that hold nothing else, or one of them apart from the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from annotation.questions import Question, as_text, as_texts

from .base import Shape


def text_of(record: dict[str, Any], shape: Shape) -> str:
    """What the item shows as plain text, its fields apart by a blank line."""
    fields = record.get("fields") or {}
    if not shape.shown:
        return "\n\n".join(str(fields[name]) for name in shape.fields if fields.get(name))
    return "\n\n".join(text for text in as_texts(shape.shown, fields).values() if text)


def main_field(shape: Shape, marked: Question | None) -> str:
    """The field that is the only text of a format: what spans lie in, else what is called so, else the first."""
    if marked:
        return str(marked.settings["field"])
    return "text" if "text" in shape.fields else shape.fields[0]


def main_text(record: Mapping[str, Any], shape: Shape, field: str) -> str:
    """What it shows, conversations and tables written out."""
    kind = next((each["type"] for each in shape.shown if each["name"] == field), "text")
    return as_text(kind, record["fields"].get(field))


def key_of(field: str, taken: Collection[str]) -> str:
    """A field's key beside those that a format has for itself: for one of these, as in tables, `fields.…`."""
    return f"fields.{field}" if field in taken else field
