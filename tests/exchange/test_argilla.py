from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from annotation.exchange import Row, detect
from annotation.exchange.archives import unpack
from annotation.exchange.argilla import Argilla

from .tools import came_back, projects, questions, shape_of, written

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
