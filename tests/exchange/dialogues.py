"""Projects whose records are dialogues, and what a format makes of them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from annotation.exchange import Row, Shape, Written, get
from annotation.project_templates import FOLDER
from annotation.questions import parse_questions

from .files import record

TALK = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "Grüße 🚲"},
    {"role": "assistant", "content": "Hello!"},
]


def shape_of(fields: list[dict[str, str]], questions: list[dict[str, Any]]) -> Shape:
    asked = tuple(parse_questions(questions, fields))
    names = tuple(field["name"] for field in fields)
    return Shape(names, tuple(each.name for each in asked), shown=tuple(fields), asked=asked)


def template(name: str) -> tuple[Shape, dict[str, Any]]:
    """The project that a template makes, and the fields of its first item."""
    made = json.loads((FOLDER / f"{name}.json").read_text())
    return shape_of(made["fields"], made["questions"]), made["items"][0]


CHAT = shape_of([{"name": "talk", "type": "chat"}], [{"name": "fine", "type": "choice", "title": "Fine?", "options": [
    {"value": "yes"}, {"value": "no"},
]}])  # fmt: skip


def decided(fields: dict[str, Any], **labels: Any) -> dict[str, Any]:
    return record(1, fields=fields, labels={name: {"value": value} for name, value in labels.items()})


def written(
    name: str, records: list[dict[str, Any]], shape: Shape, **settings: str
) -> tuple[list[dict[str, Any]], Written]:
    """The lines of the file, and what became of the records."""
    target = io.BytesIO()
    outcome = get(name).write(records, target, shape, settings)
    return [json.loads(line) for line in target.getvalue().splitlines()], outcome


def read(name: str, folder: Path, content: Any) -> list[Row]:
    """The rows of a file with these records, which have to be good."""
    path = folder / "upload"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    verdicts = list(get(name).read(path))
    assert all(isinstance(each, Row) for each in verdicts), verdicts
    return verdicts  # type: ignore[return-value]
