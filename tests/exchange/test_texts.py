from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotation.exchange import Row, Shape, get, guess, to_item
from annotation.questions import Fields, Question, parse_questions

from .tools import annotation, label, written

NAMES = ("text", "context", "title", "answer", "label", "comments", "id")
FIELDS = [{"name": name, "type": "text", "title": name.title()} for name in NAMES]
SPANS = {"type": "spans", "field": "context", "options": ["city", "day"], "required": False}
TAGS = {"type": "multichoice", "options": ["x", "y"], "at_least": 0, "required": False}
ASKED = parse_questions(
    [{"name": "where", "title": "Where", **SPANS}, {"name": "tags", "title": "Tags", **TAGS}], FIELDS
)
ROME = [{"start": 5, "end": 8, "label": "city", "text": "Rom"}]


def project(fields: list[dict[str, str]], asked: list[Question], shown: Fields) -> tuple[Shape, dict[str, Any]]:
    """What writers are told of it, and its only record: Rome was found, and nobody has said anything about tags."""
    said = {question.name: ROME for question in asked if question.type == "spans"}
    record = {"id": 1, "external_id": "x-1", "fields": shown, "metadata": {}, "stage": "settled"}
    record |= {"labels": {name: label(value) for name, value in said.items()}, "annotations": [annotation("ann", said)]}
    names = tuple(each["name"] for each in fields)
    return Shape(names, tuple(question.name for question in asked), shown=tuple(fields), asked=tuple(asked)), record


@pytest.mark.parametrize("name", ["doccano", "prodigy"])
def test_fields_that_are_called_like_keys_of_a_tool_come_back_from_its_file(name: str, tmp_path: Path) -> None:
    kind, path = get(name), tmp_path / "file.jsonl"
    fields = {field: f"what {field} shows" for field in NAMES} | {"context": "so 🚲 Rom"}
    shape, record = project(FIELDS, ASKED, fields)
    path.write_bytes(written(kind, [record], shape))
    found = kind.columns_and_preview(path)
    mapping = guess(found.columns, NAMES, ASKED, found.questions)
    (row,) = kind.read(path)
    assert isinstance(row, Row)
    item = to_item(row, mapping, FIELDS, ASKED)
    assert (item.fields, item.external_id, item.losses) == (fields, "x-1", ())  # type: ignore[union-attr]
    assert [vote.answers for vote in item.votes] == [{"where": ROME}]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["doccano", "prodigy"])
def test_a_tool_that_shows_one_text_shows_the_one_that_is_called_so_and_conversations_written_out(name: str) -> None:
    asked = ASKED[1:]
    shape, record = project(FIELDS[:3][::-1], asked, {"title": "A title", "context": "b", "text": "the text"})
    assert b'"text":"the text"' in written(get(name), [record], shape)
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]
    shape, record = project([{"name": "talk", "type": "chat", "title": "Talk"}], asked, {"talk": talk})
    assert rb'"text":"user: Hi\n\nassistant: Ho"' in written(get(name), [record], shape)


@pytest.mark.parametrize("name", ["conll", "spacy_jsonl", "docbin"])
def test_a_format_of_one_text_says_that_it_leaves_the_other_fields_out(name: str) -> None:
    shape, _record = project(FIELDS, ASKED, {})
    assert any(sentence.startswith("All fields but") for sentence in get(name).leaves_out(shape))
