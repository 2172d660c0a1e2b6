"""An export record's texts, for formats that hold nothing else."""

from __future__ import annotations

from typing import Any

from annotation.questions import as_texts

from .base import Shape


def text_of(record: dict[str, Any], shape: Shape) -> str:
    """What the item shows as plain text, its fields apart by a blank line."""
    fields = record.get("fields") or {}
    if not shape.shown:
        return "\n\n".join(str(fields[name]) for name in shape.fields if fields.get(name))
    return "\n\n".join(text for text in as_texts(shape.shown, fields).values() if text)
