from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from pyarrow import parquet

from annotation.exchange import Row, Shape, detect
from annotation.exchange.archives import unpack
from annotation.exchange.argilla import Argilla
from annotation.questions import parse_questions

from .tools import annotation, came_back, label, projects, questions, shape_of, written

KIND = Argilla()
ALL = questions("choice", "multichoice", "spans", "rating", "ranking", "text")


@given(records=projects(ALL))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
def test_what_people_and_a_model_said_comes_back_from_a_dataset(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("dataset")
    for record in records:
        for each in record["annotations"]:
            each["answers"]["my_multichoice"] = each["answers"]["my_multichoice"] or ["ham"]
    archive = folder / "dataset.zip"
    archive.write_bytes(first := written(KIND, records, shape_of(ALL)))
    again, _preview = came_back(KIND, unpack(archive, archive.name, folder / "unpacked").path, ALL)
    assert [_said(each) for each in again] == [_said(each) for each in records]
    assert written(KIND, again, shape_of(ALL)) == first


def _said(record: dict[str, Any]) -> Any:
    kept = ("annotator", "kind", "answers", "confidence")
    return record["fields"], record["metadata"], [[each[key] for key in kept] for each in record["annotations"]]


FIELDS = {"text": "🚲 Ada met Bob"}
SPAN = {"start": 2, "end": 5, "label": "PER"}
ADA, BOB = "8d3f9a52-0000-4000-8000-000000000001", "8d3f9a52-0000-4000-8000-000000000002"
ORDER = [{"value": "b", "rank": 1}, {"value": "a", "rank": 2}]
DISK = {
    "id": "r-1", "status": "completed", "_server_id": "s", "fields": FIELDS, "metadata": {"batch": 3}, "vectors": {},
    "responses": {
        "tone": [{"value": "good", "user_id": ADA}, {"value": "bad", "user_id": BOB, "status": "submitted"}],
        "who": [{"value": [SPAN], "user_id": ADA}],
        "best": [{"value": ORDER, "user_id": ADA}],
    },
    "suggestions": {"tone": {"value": "good", "score": 0.75, "agent": "bert", "type": "model"}},
}  # fmt: skip
REST = {
    "id": "r-1", "fields": FIELDS, "metadata": {"batch": 3}, "external_id": None,
    "responses": [
        {
            "values": {"tone": {"value": "good"}, "who": {"value": [SPAN]}, "best": {"value": ORDER}},
            "user_id": ADA, "status": "submitted",
        },
        {"values": {"tone": {"value": "bad"}}, "user_id": BOB, "status": "submitted"},
    ],
    "suggestions": [{"question_name": "tone", "value": "good", "score": 0.75, "agent": "bert", "type": "model"}],
}  # fmt: skip
FLAT = {
    "id": "r-1", "_server_id": "s", "status": "completed", **FIELDS, "metadata.batch": 3,
    "tone.responses": ["good", "bad"], "tone.responses.users": [ADA, BOB], "tone.responses.status": ["submitted"] * 2,
    "who.responses": [[SPAN]], "who.responses.users": [ADA], "who.responses.status": ["submitted"],
    "best.responses": [ORDER], "best.responses.users": [ADA], "best.responses.status": None,
    "tone.suggestion": "good", "tone.suggestion.score": 0.75, "tone.suggestion.agent": "bert",
    "who.suggestion": None, "who.suggestion.score": None, "who.suggestion.agent": None,
}  # fmt: skip
FIRST_VERSION = {
    **FIELDS, "id": "r-1", "metadata": '{"batch": 3}',
    "tone": [{"user_id": ADA, "value": "good", "status": "submitted"}, {"user_id": BOB, "value": "bad"}],
    "tone-suggestion": "good", "tone-suggestion-metadata": {"type": "model", "score": 0.75, "agent": "bert"},
    "who": [{"user_id": ADA, "value": [SPAN], "status": "submitted"}],
    "who-suggestion": None, "who-suggestion-metadata": {},
    "best": [{"user_id": ADA, "value": ORDER, "status": "submitted"}],
    "best-suggestion": None, "best-suggestion-metadata": {},
}  # fmt: skip


@pytest.mark.parametrize("record", [DISK, REST, FLAT, FIRST_VERSION])
def test_records_of_every_version_say_the_same(tmp_path: Path, record: dict[str, Any]) -> None:
    path = tmp_path / "records.json"
    path.write_text(json.dumps([record]))
    assert detect(path, path.name).name == "argilla"
    (row,) = KIND.read(path)
    assert isinstance(row, Row)
    assert {name: value for name, value in row.values.items() if value is not None} == {
        **FIELDS,
        "id": "r-1",
        "metadata.batch": 3,
    }
    ada, bob, model = row.votes
    spans = [{**SPAN, "text": "Ada"}]
    assert (ada.annotator, ada.answers) == (ADA, {"tone": "good", "who": spans, "best": [["b"], ["a"]]})
    assert (bob.annotator, bob.answers) == (BOB, {"tone": "bad"})
    assert (model.annotator, model.kind, model.confidence, model.answers) == ("bert", "model", 0.75, {"tone": "good"})
    assert row.losses == ()


def test_drafts_discarded_ones_and_vectors_are_losses(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    states = [{"value": "x", "user_id": name, "status": name} for name in ("draft", "discarded", "submitted")]
    path.write_text(json.dumps([{"id": "1", "fields": FIELDS, "responses": {"q": states}, "vectors": {"v": [0.1]}}]))
    (row,) = KIND.read(path)
    assert [vote.annotator for vote in row.votes] == ["submitted"]  # type: ignore[union-attr]
    assert len(row.losses) == 3  # type: ignore[union-attr]


def test_what_the_settings_ask_is_known_before_anybody_has_answered(tmp_path: Path) -> None:
    archive = tmp_path / "dataset.zip"
    archive.write_bytes(written(KIND, [], shape_of(ALL)))
    folder = unpack(archive, archive.name, tmp_path / "unpacked").path
    (folder / "records.json").write_text(
        json.dumps([{"id": "1", "fields": FIELDS, "responses": {}, "suggestions": {}}])
    )
    preview = KIND.columns_and_preview(folder)
    assert [(each.name, each.type, each.title) for each in preview.questions] == [
        (each.name, each.type, each.title) for each in ALL
    ]
    assert preview.questions[0].options == ("ham", "eggs", "more toast")
    assert json.loads((folder / ".argilla" / "dataset.json").read_text())["name"] == "Breakfast"


def test_a_dataset_is_what_the_server_takes(tmp_path: Path) -> None:
    """Found with Argilla 2.8, whose server refuses all records for one that it does not take."""
    fields = [{"name": "text", "type": "text", "title": "T" * 600}, {"name": "grid", "type": "table", "title": "G"}]
    fields.append({"name": "talk", "type": "chat", "title": "C"})
    options = [{"value": value, "title": value} for value in ("a", "b")]
    raw: list[dict[str, Any]] = [
        {"name": "text", "type": "choice", "title": "?", "options": [*options, {"value": "old", "retired": True}]},
        {"name": "any", "type": "multichoice", "title": "?", "options": options, "at_least": 0},
        {"name": "wide", "type": "rating", "title": "?", "min": -5, "max": 20},
        {"name": "best", "type": "ranking", "title": "?", "options": options, "ties": True},
        {"name": "why", "type": "text", "title": "?", "when": {"question": "text", "is": ["a"]}},
    ]
    asked = tuple(parse_questions(raw, fields))
    shape = Shape(("text", "grid", "talk"), tuple(each.name for each in asked), shown=tuple(fields), asked=asked)
    said = {"text": "old", "any": [], "wide": -3, "best": [["b"], ["a"]]}
    model = {"wide": 20, "best": [["a", "b"]], "any": ["a", "b"]}
    votes = [annotation("ann", said), annotation("kim", {"wide": 0})]
    votes += [annotation(name, {"why": "so"}, kind="model") for name in ("🚲",)]
    votes += [annotation("Ça (2)", model, kind="model", confidence=0.5)]
    grid = {"columns": ["x"], "rows": [["1"]]}
    record = {
        "id": 1, "external_id": "e", "fields": {"text": "t", "grid": grid, "talk": ""}, "metadata": {},
        "labels": {"wide": label(7)}, "annotations": votes,
    }  # fmt: skip
    archive = tmp_path / "dataset.zip"
    archive.write_bytes(written(KIND, [record], shape))
    folder = unpack(archive, archive.name, tmp_path / "unpacked").path
    settings_file = json.loads((folder / ".argilla" / "settings.json").read_text())
    (found,) = json.loads((folder / "records.json").read_text())
    # Names are used once; what may stay empty, or depends, is not required; the scale is 0 to 10.
    required = {each["name"]: each["required"] for each in settings_file["questions"]}
    assert required == {"text_answer": True, "any": False, "wide": True, "best": True, "why": False}
    assert len(settings_file["fields"][0]["title"]) == 500
    types = {each["name"]: each["settings"]["type"] for each in settings_file["questions"]}
    assert types["wide"] == "label_selection"
    assert found["fields"] == {"text": "t", "grid": "x\n1", "talk": None}
    ann = {name: each[0] for name, each in found["responses"].items()}
    assert ann["best"]["value"] == [{"value": "b", "rank": 1}, {"value": "a", "rank": 2}]
    assert (ann["wide"]["value"], ann["text_answer"]["value"], ann["wide"]["status"]) == ("-3", "old", "submitted")
    assert found["responses"]["wide"][1]["status"] == "draft"
    # A suggestion has a score for each of its parts, orders only, and agents of few signs.
    assert found["suggestions"]["any"] == {"value": ["a", "b"], "score": [0.5, 0.5], "agent": "-a -2-"}
    assert found["suggestions"]["best"]["value"] == ["a", "b"]
    assert found["suggestions"]["why"]["agent"] == "model-1"
    (row,) = KIND.read(folder)
    assert [vote.annotator for vote in row.votes] == ["ann", "Ça (2)", "🚲"]  # type: ignore[union-attr]
    archive.write_bytes(written(KIND, [record], shape, {"holds": "labels"}))
    folder = unpack(archive, archive.name, tmp_path / "labels").path
    (found,) = json.loads((folder / "records.json").read_text())
    assert (found["responses"], found["suggestions"]["wide"]["value"]) == ({}, "7")


def test_a_dataset_on_the_hub_brings_its_votes(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / ".argilla").mkdir()
    spans = {"type": "span", "field": "text", "options": [{"value": "PER"}]}
    declared = [{"name": "who", "settings": spans}, {"name": "best", "settings": {"type": "ranking", "options": []}}]
    (tmp_path / ".argilla" / "settings.json").write_text(json.dumps({"questions": declared}))
    (tmp_path / ".argilla" / "dataset.json").write_text("{}")
    row = {
        "id": "r-1", "_server_id": "0" * 36, "text": "🚲 Ada met Bob", "n": 3,
        "who.responses": [[SPAN]], "who.responses.users": [ADA], "who.responses.status": ["submitted"],
        "best.responses": [["b", "a"]], "best.responses.users": [ADA], "best.responses.status": ["submitted"],
    }  # fmt: skip
    parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "data" / "train-00000-of-00001.parquet")
    assert detect(tmp_path, "dataset").name == "argilla"
    (found,) = KIND.read(tmp_path)
    assert isinstance(found, Row)
    assert found.values == {"id": "r-1", "text": "🚲 Ada met Bob", "n": 3, "split": "train"}
    assert [(vote.annotator, vote.answers) for vote in found.votes] == [
        (ADA, {"who": [{**SPAN, "text": "Ada"}], "best": [["b"], ["a"]]})
    ]


def test_lists_of_the_same_options_in_several_orders_are_orders(tmp_path: Path) -> None:
    path = tmp_path / "records.json"
    orders = [["b", "a"], ["a", "b"]]
    flat = [{**FIELDS, "_server_id": "0" * 36, "best.responses": [each], "who.responses": [[SPAN]]} for each in orders]
    path.write_text(json.dumps(flat))
    assert [(each.name, each.type) for each in KIND.columns_and_preview(path).questions] == [
        ("best", "ranking"),
        ("who", "spans"),
    ]
    assert [row.votes[0].answers for row in KIND.read(path)] == [  # type: ignore[union-attr]
        {"best": [[first], [second]], "who": [{**SPAN, "text": "Ada"}]} for first, second in orders
    ]


def test_guidelines_that_argilla_would_cut_off_are_told() -> None:
    shape = replace(shape_of(ALL), guidelines="g" * 10_001)
    assert set(KIND.leaves_out(shape)) - set(KIND.leaves_out(shape_of(ALL))) == {
        "Guidelines beyond their first 10,000 characters."
    }
