"""Export records as a table: which columns it has, of which kind, and what of a record stands in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from annotation.questions import Question

from .base import Shape
from .canonical import canonical_json

TEXT, WHOLE, NUMBER, JSON = "text", "whole", "number", "json"
"""Kinds of columns beside the types of fields (“field:chat”) and of questions (“answer:spans”)."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`kind`: what its values are; `value`: the JSON value that a record has there, None where it has none."""

    name: str
    kind: str
    value: Callable[[Record], Any]


def table_columns(shape: Shape) -> list[TableColumn]:
    """id, external_id, the fields, per question its value, `.decided_by`, `.posterior`, `.votes` and, where labels are
    ambiguous, `.distribution`, then stage, split, `metadata.…`.

    Names of ours win over questions, and questions over fields: who comes later becomes `labels.…` or `fields.…`.
    """
    taken = {"id", "external_id", "stage", "split"}
    questions = {name: f"labels.{name}" if name in taken else name for name in shape.questions}
    taken.update(questions.values())
    types = {each["name"]: each["type"] for each in shape.shown}
    asked = {each.name: each for each in shape.asked}
    return [
        TableColumn("id", WHOLE, lambda record: record.get("id")),
        TableColumn("external_id", TEXT, lambda record: record.get("external_id")),
        *(
            TableColumn(f"fields.{name}" if name in taken else name, f"field:{types.get(name, '')}", _field(name))
            for name in shape.fields
        ),
        *(
            column
            for name, called in questions.items()
            for column in _label_columns(name, called, asked.get(name), soft=name in shape.soft)
        ),
        TableColumn("stage", TEXT, lambda record: record.get("stage")),
        TableColumn("split", TEXT, lambda record: record.get("split")),
        *(TableColumn(f"metadata.{key}", JSON, _metadata(key)) for key in shape.metadata),
    ]


def cell(value: object) -> str:
    """Text as it is, nothing for null, JSON for the rest."""
    if isinstance(value, str):
        return value
    return "" if value is None else canonical_json(value).decode()


def _label_columns(name: str, called: str, question: Question | None, *, soft: bool) -> list[TableColumn]:
    columns = [
        TableColumn(called, f"answer:{question.type if question else ''}", _label(name, "value")),
        TableColumn(f"{called}.decided_by", TEXT, _label(name, "decided_by")),
        TableColumn(f"{called}.posterior", NUMBER, _label(name, "posterior")),
        TableColumn(f"{called}.votes", WHOLE, _label(name, "votes")),
    ]
    return [*columns, TableColumn(f"{called}.distribution", JSON, _label(name, "distribution"))] if soft else columns


def _field(name: str) -> Callable[[Record], Any]:
    return lambda record: record.get("fields", {}).get(name)


def _metadata(key: str) -> Callable[[Record], Any]:
    return lambda record: (record.get("metadata") or {}).get(key)


def _label(name: str, key: str) -> Callable[[Record], Any]:
    return lambda record: ((record.get("labels") or {}).get(name) or {}).get(key)
