from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from annotation.exchange import BadRow, Row, Shape, detect
from annotation.exchange.label_studio import LabelStudio
from annotation.exchange.label_studio_config import read_config
from annotation.exchange.label_studio_template import LabelStudioConfiguration
from annotation.questions import parse_questions

from .tools import annotation, came_back, projects, questions, shape_of, written

KIND = LabelStudio()
ALL = questions("choice", "multichoice", "spans", "rating", "ranking", "text")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.json"


@given(records=projects(ALL))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_what_people_and_models_said_comes_back_from_an_export(path: Path, records: list[dict[str, Any]]) -> None:
    first = written(KIND, records, shape_of(ALL))
    path.write_bytes(first)
    again, _preview = came_back(KIND, path, ALL)
    assert [each["annotations"] for each in again] == [each["annotations"] for each in records]
    assert written(KIND, again, shape_of(ALL)) == first


def test_the_configuration_beside_it_asks_the_same(tmp_path: Path) -> None:
    asked = questions("choice", "multichoice", "spans", "rating", "text")
    config = read_config(_xml(shape_of(asked)))
    assert config.fields[0]["name"] == "text"
    assert [
        (each["name"], each["type"], [o["value"] for o in each.get("options", [])]) for each in config.questions
    ] == [(each.name, each.type, list(each.values) if each.type != "rating" else []) for each in asked]
    assert config.losses == []


def _xml(shape: Shape) -> str:
    return written(LabelStudioConfiguration(), [], shape).decode()


def test_an_export_in_the_documented_shape_keeps_people_and_models_and_names_what_it_loses(path: Path) -> None:
    text = "🚲 Ada met Bob.\r\nTwice."
    path.write_text(json.dumps([_task(text), {"id": 8, "data": {"text": "bare", "image": "/a.png"}}]))
    assert detect(path, "project-1-at-2026.json").name == "label_studio"
    row, bare = KIND.read(path)
    assert isinstance(row, Row)
    known = {"tone": "good", "stars": 4, "note": "one\ntwo", "topic": "work / meeting"}
    assert row.values == {
        "text": text,
        "title": "Meeting",
        "id": 7,
        "metadata.batch": 3,
        **{f"gold.{name}": value for name, value in known.items()},
        "gold.entities": row.votes[0].answers["entities"],
    }
    ada, second, model = row.votes
    assert (ada.annotator, ada.kind, ada.seconds, ada.at) == ("ada@example.org", "human", 12.5, "2026-01-02T03:04:05Z")
    assert ada.answers == {
        **known,
        "entities": [
            {"start": 2, "end": 5, "label": "PER", "text": "Ada"},
            {"start": 10, "end": 13, "label": "PER", "text": "Bob"},
            {"start": 16, "end": 21, "label": "WHEN", "text": "Twice"},
        ],
    }
    assert (second.annotator, second.answers) == ("5", {"tone": "bad", "entities": []})
    assert (model.annotator, model.kind, model.confidence, model.answers) == ("bert-2", "model", 0.75, {"tone": "good"})
    assert len(row.losses) == 7
    assert bare.votes == ()  # type: ignore[union-attr]
    preview = KIND.columns_and_preview(path)
    assert {each.name: each.type for each in preview.questions} == {
        "tone": "choice", "stars": "rating", "note": "text", "topic": "choice", "entities": "spans",
    }  # fmt: skip
    assert any("relation" in loss for loss in row.losses)
    assert preview.losses == []


def test_json_min_gathers_what_several_people_said_of_a_task(path: Path) -> None:
    spans = [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}]
    rest = {"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z", "lead_time": 4.0}
    first = {"text": "Ada met Bob", "id": 1, "tone": "good", "who": spans, "annotator": 1, "annotation_id": 1, **rest}
    second = {
        "text": "Ada met Bob",
        "id": 1,
        "tone": {"choices": ["good", "bad"]},
        "annotator": 2,
        "annotation_id": 2,
        **rest,
    }
    third = {"text": "Bob", "id": 2, "stars": [{"rating": 3}], "annotator": 1, "annotation_id": 3, **rest}
    path.write_text(json.dumps([first, second, third]))
    assert detect(path, path.name).name == "label_studio"
    one, two = KIND.read(path)
    assert one.values == {"text": "Ada met Bob", "id": 1}  # type: ignore[union-attr]
    assert [(vote.annotator, vote.answers) for vote in one.votes] == [  # type: ignore[union-attr]
        ("1", {"tone": ["good"], "who": [{"start": 0, "end": 3, "label": "PER", "text": "Ada"}]}),
        ("2", {"tone": ["good", "bad"], "who": []}),
    ]
    assert two.line == 3
    assert [row.line for row in KIND.read(path, start_after=1)] == [3]


def test_decided_labels_known_answers_and_addresses_are_written_on_request() -> None:
    (asked,) = questions("choice")
    shape = shape_of((asked,))
    record = {
        "id": 1, "external_id": "x", "fields": {"text": "a"}, "metadata": {}, "gold": {"my_choice": "ham"},
        "labels": {"my_choice": {"value": "eggs"}}, "annotations": [annotation("a@b.c", {"my_choice": "eggs"})],
    }  # fmt: skip
    (task,) = json.loads(written(KIND, [record], shape, {"people": "emails"}))
    assert task["annotations"][0]["completed_by"] == {"email": "a@b.c"}
    assert task["annotations"][1]["ground_truth"] is True
    (task,) = json.loads(written(KIND, [record], shape, {"holds": "labels"}))
    (result,) = task["annotations"][0]["result"]
    assert (result["value"], result["from_name"], result["to_name"]) == ({"choices": ["eggs"]}, "my_choice", "text")
    # One annotation is what was decided: there is no second one for what was known.
    outcome = KIND.write([record], io.BytesIO(), shape, {"holds": "labels"})
    assert [count for loss, count in outcome.losses.items() if "Known answers" in loss] == [1]


def test_pairs_are_sides_and_what_a_ranking_ties_is_counted(path: Path) -> None:
    fields = [{"name": side, "type": "response"} for side in ("one", "other")]
    options = [{"value": side, "title": side} for side in ("one", "other")]
    asked = parse_questions([{"name": "best", "type": "ranking", "title": "Best", "options": options}], fields)
    shape = Shape(("one", "other"), ("best",), shown=tuple(fields), asked=tuple(asked))
    said = [annotation("ann", {"best": [["other"], ["one"]]}), annotation("bea", {"best": [["one", "other"]]})]
    record = {
        "id": 1,
        "external_id": "",
        "fields": {"one": "a", "other": "b"},
        "metadata": {},
        "labels": {},
        "annotations": said,
    }
    target = io.BytesIO()
    outcome = KIND.write([record], target, shape, {})
    (task,) = json.loads(target.getvalue())
    ann, bea = task["annotations"]
    assert ann["result"][0]["value"] == {"selected": "right"}
    # Label Studio's own are about themselves: which side is what, the task keeps.
    assert (ann["result"][0]["from_name"], ann["result"][0]["to_name"]) == ("best", "best")
    path.write_text(target.getvalue().decode())
    (row,) = KIND.read(path)
    assert row.votes[0].answers == {"best": [["other"], ["one"]]}  # type: ignore[union-attr]
    assert bea["result"] == []
    assert sum(outcome.losses.values()) == 1
    config = read_config(_xml(shape))
    assert (config.questions[0]["type"], [each["name"] for each in config.fields]) == ("ranking", ["one", "other"])


def test_a_file_is_what_label_studio_takes_without_making_more_of_it() -> None:
    """Found with Label Studio 1.23: a field that a task lacks and an unknown address stop the whole file, an annotation
    is a ground truth unless it says no, and an order without buckets stands under the name of its tag."""
    asked = questions("multichoice", "ranking")
    shape = Shape(
        ("text", "context"),
        tuple(question.name for question in asked),
        shown=({"name": "text", "type": "text"},),
        asked=asked,
    )
    said = {"my_multichoice": [], "my_ranking": [["eggs"], ["ham"], ["more toast"]]}
    record = {"id": 1, "external_id": "", "fields": {"text": "a"}, "metadata": {}, "labels": {}}
    votes = [annotation("ann", said), annotation("bea@example.org", said), annotation("tiny", said, kind="model")]
    target = io.BytesIO()
    outcome = KIND.write([{**record, "annotations": votes}], target, shape, {"people": "emails"})
    (task,) = json.loads(target.getvalue())
    assert task["data"].keys() == {"text", "context", "my_ranking_entries"}
    assert [each["ground_truth"] for each in task["annotations"]] == [False, False]
    assert [each.get("completed_by") for each in task["annotations"]] == [None, {"email": "bea@example.org"}]
    assert sum(outcome.losses.values()) == 1
    order = task["annotations"][0]["result"][1]["value"]
    assert order == {"ranker": {"my_ranking": ["eggs", "ham", "more toast"]}}
    # That none was chosen is an answer there only where none has to be.
    assert '<Choices name="my_multichoice" toName="text" choice="multiple">' in _xml(shape)


def test_data_alone_among_tasks_is_a_task(path: Path) -> None:
    result = {"from_name": "tone", "to_name": "text", "type": "choices", "value": {"choices": ["good"]}}
    tasks = [{"text": "a"}, {"data": {"text": "b"}, "predictions": [{"result": [result], "model_version": "m"}]}]
    path.write_text(json.dumps(tasks))
    assert detect(path, "tasks.json").name == "label_studio"
    assert [row.values["text"] for row in KIND.read(path)] == ["a", "b"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b'{"annotations": []}', "no “data”"),
        (b'{"data": {"text": "a"}, "data": {}}', "occurs twice"),
        (b'["a"]', "not an object"),
        (b"{" + b'"data": {' + b",".join(b'"k%d": 1' % n for n in range(1_001)) + b"}}", "1,000 keys"),
    ],
)
def test_a_task_that_cannot_be_read_is_named_and_the_tasks_around_it_are_read(
    path: Path, task: bytes, reason: str
) -> None:
    path.write_bytes(b'[{"data": {"text": "a"}}, ' + task + b', {"data": {"text": "b"}}]')
    first, bad, last = KIND.read(path)
    assert isinstance(bad, BadRow)
    assert reason in bad.reason
    assert [first.line, bad.line, last.line] == [1, 2, 3]


def test_hostile_names_and_ten_thousand_labels_are_shown_safely_in_bounded_number(path: Path) -> None:
    def result(name: str, label: str) -> dict[str, Any]:
        value = {"start": 0, "end": 1, "labels": [label]}
        return {"from_name": name, "to_name": "text", "type": "labels", "value": value}

    results = [result("bad\0\ud800name", f"label {n}") for n in range(10_000)]
    people = [{"completed_by": {"email": "x\0" * 200}, "result": results}]
    path.write_text(json.dumps([{"data": {"text": "abc"}, "annotations": people}]))
    preview = KIND.columns_and_preview(path)
    (question,) = preview.questions
    (vote,) = preview.rows[0].votes
    for shown in (question.name, vote.annotator, *vote.answers):
        assert "\0" not in shown
        assert shown.encode()
        assert len(shown) <= 200
    assert len(question.options) == 1_000
    assert len(vote.answers[question.name]) == 10_000
    assert any("1,000 labels or more" in loss for loss in preview.losses)


def test_many_tasks_are_read_in_bounded_memory(path: Path) -> None:
    task = json.dumps(_task("Ada met Bob, and Twice. " * 1_000))
    path.write_text(f"[{','.join([task] * 500)}]")
    tracemalloc.start()
    try:
        lines = [row.line for row in KIND.read(path) if isinstance(row, Row)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lines == list(range(1, 501))
    assert peak < path.stat().st_size


def _task(text: str) -> dict[str, Any]:
    """As Label Studio exports it (https://labelstud.io/guide/export), with offsets that count CR LF as one."""

    def result(name: str, kind: str, value: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "id": "aB3",
            "from_name": name,
            "to_name": "doc",
            "type": kind,
            "origin": "manual",
            "value": value,
            **more,
        }

    def span(quote: str, label: str) -> dict[str, Any]:
        start = text.replace("\r\n", "\n").find(quote)
        return result(
            "entities", "labels", {"start": start, "end": start + len(quote), "text": quote, "labels": [label]}
        )

    ada = [
        result("tone", "choices", {"choices": ["good"]}),
        result("stars", "rating", {"rating": 4}),
        result("note", "textarea", {"text": ["one", "two"]}),
        result("topic", "taxonomy", {"taxonomy": [["work", "meeting"]]}),
        span("Ada", "PER"),
        span("Bob", "PER"),
        span("Twice", "WHEN"),
        {"type": "relation", "from_id": "a", "to_id": "b", "direction": "right", "labels": ["met"]},
        result("region", "choices", {"start": 1, "end": 2, "choices": ["x"]}),
        result("box", "rectanglelabels", {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["Car"]}),
        result("html", "hypertextlabels", {"start": "/p[1]/text()[1]", "hypertextlabels": ["X"]}),
    ]
    guess = result("tone", "choices", {"choices": ["good"]}, score=0.75)
    return {
        "id": 7,
        "data": {"text": text, "title": "Meeting"},
        "meta": {"batch": 3},
        "annotations": [
            {
                "id": 1, "completed_by": {"id": 1, "email": "ada@example.org", "first_name": "Ada"}, "result": ada,
                "was_cancelled": False, "ground_truth": True, "created_at": "2026-01-02T03:04:05Z", "lead_time": 12.5,
            },
            {"id": 2, "completed_by": 5, "result": [result("tone", "choices", {"choices": ["bad"]})]},
            {"id": 3, "completed_by": 6, "result": [], "was_cancelled": True},
        ],
        "drafts": [{"id": 1, "result": []}],
        "predictions": [
            {"model_version": "bert-2", "score": 0.75, "result": [guess]},
            12,
        ],
        "total_annotations": 2, "project": 1, "inner_id": 1,
    }  # fmt: skip
