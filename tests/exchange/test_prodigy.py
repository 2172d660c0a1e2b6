from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.exchange import BadRow, Row, Unwritable, detect
from annotation.exchange.prodigy import Prodigy

from .tools import annotation, came_back, projects, questions, shape_of, written

KIND = Prodigy()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dataset.jsonl"


@given(data=st.data(), choice=st.sampled_from(["choice", "multichoice", "rating"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_what_people_said_comes_back_from_a_dataset(path: Path, data: st.DataObject, choice: str) -> None:
    asked = questions("spans", choice, "text")
    records = data.draw(projects(asked))
    path.write_bytes(first := written(KIND, records, shape_of(asked)))
    again, _preview = came_back(KIND, path, asked)
    assert written(KIND, again, shape_of(asked)) == first
    people = [[each["answers"] for each in record["annotations"] if each["kind"] == "human"] for record in records]
    assert [[each["answers"] for each in record["annotations"]] for record in again] == people


def test_answers_of_every_interface_are_votes_and_the_rest_is_named(path: Path) -> None:
    text = {"text": "🚲 Ada met Bob", "_input_hash": 1, "_task_hash": 2, "meta": {"source": "wiki"}}
    who = {"_session_id": "db-ann", "_annotator_id": "db-ann", "_timestamp": 1_767_323_045}
    span = {"start": 2, "end": 5, "label": "PER", "token_start": 1, "token_end": 1}
    options = [{"id": "good", "text": "Good!"}, {"id": 2, "text": "Two"}]
    lines = [
        {**text, **who, "spans": [span], "tokens": [], "answer": "accept", "_view_id": "ner_manual"},
        {**text, **who, "_annotator_id": "db-bea", "spans": [], "answer": "accept"},
        {**text, **who, "_input_hash": 3, "options": options, "accept": ["good", 2], "answer": "accept"},
        {**text, **who, "_input_hash": 4, "label": "INSULT", "answer": "reject"},
        {**text, **who, "_input_hash": 5, "spans": [span], "answer": "reject"},
        {**text, **who, "_input_hash": 6, "spans": [span], "answer": "ignore", "relations": [{"head": 0, "child": 1}]},
        {**text, **who, "_input_hash": 7, "field_id": "remark", "remark": "so so", "answer": "accept"},
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    assert detect(path, path.name).name == "prodigy"
    rows = [row for row in KIND.read(path) if isinstance(row, Row)]
    assert [(row.line, [(vote.annotator, vote.answers) for vote in row.votes]) for row in rows] == [
        (
            1,
            [("db-ann", {"spans": [{"start": 2, "end": 5, "label": "PER", "text": "Ada"}]}), ("db-bea", {"spans": []})],
        ),
        (3, [("db-ann", {"choice": ["good", "2"]})]),
        (4, [("db-ann", {"INSULT": "reject"})]),
        (5, []),
        (6, []),
        (7, [("db-ann", {"user_input": "so so"})]),
    ]
    assert rows[0].values == {"text": text["text"], "metadata.source": "wiki"}
    assert rows[0].votes[0].at == "2026-01-02T03:04:05+00:00"
    assert [len(row.losses) for row in rows] == [0, 0, 0, 1, 2, 0]
    assert [row.line for row in KIND.read(path, start_after=1)] == [3, 4, 5, 6, 7]


def test_of_a_review_the_versions_are_votes_and_the_line_is_the_decision(path: Path) -> None:
    def version(label: str, *sessions: str) -> dict[str, Any]:
        return {"text": "a", "accept": [label], "answer": "accept", "sessions": list(sessions), "default": False}

    options = [{"id": each, "text": each} for each in ("x", "y")]
    review = {
        "text": "a", "options": options, "accept": ["y"], "answer": "accept", "_session_id": "review-lea",
        "_view_id": "review", "view_id": "choice",
        "versions": [version("x", "db-ann", "db-bea"), version("y", "db-cy")],
    }  # fmt: skip
    path.write_text(json.dumps(review))
    (row,) = KIND.read(path)
    assert [(vote.annotator, vote.kind, vote.answers["choice"]) for vote in row.votes] == [  # type: ignore[union-attr]
        ("db-ann", "human", "x"),
        ("db-bea", "human", "x"),
        ("db-cy", "human", "y"),
        ("review-lea", "reviewer", "y"),
    ]


def test_models_are_left_out_and_counted_because_they_would_become_people() -> None:
    asked = questions("choice")
    said = [annotation("ann", {"my_choice": "ham"}), annotation("bert", {"my_choice": "eggs"}, kind="model")]
    record = {"id": 1, "external_id": "", "fields": {"text": "a"}, "metadata": {}, "labels": {}, "annotations": said}
    target = io.BytesIO()
    outcome = KIND.write([record], target, shape_of(asked), {})
    (line,) = map(json.loads, target.getvalue().splitlines())
    assert (line["_annotator_id"], line["accept"], line["config"]) == ("ann", ["ham"], {"choice_style": "single"})
    assert sum(outcome.losses.values()) == 1
    with pytest.raises(Unwritable):
        KIND.write([], target, shape_of(questions("ranking")), {})


@pytest.mark.parametrize(
    "record", [{"image": "a.png", "answer": "accept", "label": "CAT"}, {"answer": "accept", "label": "X"}]
)
def test_a_task_without_text_is_named(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record) + '\n{"text": "a", "answer": "accept", "label": "X"}\n')
    bad, good = KIND.read(path)
    assert isinstance(bad, BadRow)
    assert isinstance(good, Row)
