"""Answers of every type on their way: claim, answer, decision, export, and in again elsewhere."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from annotation.exchange import FORMATS, Mapping
from annotation.models import Annotation, Item, Project, RejectedRow, Resolution
from annotation.workflow.adding import add_items
from annotation.workflow.assembling import assemble, items_to_export, shape_of
from annotation.workflow.importing import import_file
from annotation.workflow.people import add_member
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.reviewing import resolve
from annotation.workflow.uploading import receive, start_import
from tests.cast import SCRIPTED, Cast

TEXT = "Ada, in Paris: “=1+1” 👩‍👩‍👧"
QUESTIONS = [
    {"name": "intent", "type": "choice", "options": ["refund", "=delivery", "other"]},
    {"name": "topics", "type": "multichoice", "options": ["money", "parcel"], "at_least": 0},
    {"name": "stars", "type": "rating", "min": -2, "max": 2},
    {"name": "better", "type": "ranking", "options": ["left", "right"]},
    {"name": "names", "type": "spans", "options": ["person", "place"], "field": "text"},
    {"name": "corrected", "type": "text", "field": "text"},
    {"name": "why", "type": "text", "when": {"question": "intent", "is": ["other"]}},
]
ANSWERS: list[dict[str, Any]] = [
    {
        "intent": "=delivery", "topics": [], "stars": -2, "better": [["left", "right"]], "names": [],
        "corrected": "-1 and\nmore",
    },
    {
        "intent": "other", "topics": ["money", "parcel"], "stars": 2, "better": [["right"], ["left"]],
        "names": [
            {"start": 0, "end": 3, "label": "person", "text": "Ada"},
            {"start": 22, "end": 27, "label": "place", "text": TEXT[22:27]},
        ],
        "corrected": TEXT, "why": "[“a”, 'b']",
    },
]  # fmt: skip


def project_of(cast: Cast, name: str) -> Project:
    definition = Definition(
        name, fields=[{"name": "text", "type": "text"}], questions=QUESTIONS, policy={"audit_share": 0}
    )
    made = create_project(definition, user=cast.lead, judge=SCRIPTED)
    add_member(made, cast.annotator, "annotator", by=cast.lead)
    return made


def url(project: Project, *parts: object) -> str:
    return f"/api/v1/projects/{project.slug}/" + "".join(f"{part}/" for part in parts)


@pytest.mark.parametrize("answers", ANSWERS, ids=["least", "most"])
def test_an_answer_goes_in_and_comes_out_unchanged(cast: Cast, answers: dict[str, Any]) -> None:
    project = project_of(cast, "Everything")
    client, lead = cast.api(cast.annotator), cast.api(cast.lead)
    add_items(project, [{"fields": {"text": TEXT}}])
    lease = client.post(url(project, "claims"), {}, format="json").json()
    assert sorted(lease["shown"]["better"]) == ["left", "right"]
    body = {"assignment": lease["assignment"], "answers": answers}
    stored = client.post(url(project, "annotations"), body, format="json").json()
    assert stored["answers"] == answers
    assert Annotation.objects.get().shown == lease["shown"]
    item = Item.objects.get(project=project)
    decided = {"answers": {**answers, "stars": 1}, "version": item.version}
    response = lead.post(url(project, "items", item.pk, "resolution"), decided, format="json")
    assert response.json()["answers"] == Resolution.objects.get().answers == {**answers, "stars": 1}


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_labels_leave_in_a_file_and_come_back_as_gold(cast: Cast, format: str, tmp_path: Path) -> None:
    project, other = project_of(cast, "Everything"), project_of(cast, "Elsewhere too")
    for number, answers in enumerate(ANSWERS):
        text = f"{TEXT} {number}"
        settle(cast, project, text, answers)
    target = io.BytesIO()
    records = [item.record for page in assemble(project, items_to_export(project, {})) for item in page]
    FORMATS[format].write(records, target, shape_of(project), {"spreadsheet_safe": "no"})
    if format == "jsonl":
        # A file of ours has its labels one level down; here they are columns, as anybody else's file would have them.
        rows = [json.loads(line) for line in target.getvalue().splitlines()]
        flat = [{**row["fields"], **{name: each["value"] for name, each in row["labels"].items()}} for row in rows]
        target = io.BytesIO("\n".join(json.dumps(row) for row in flat).encode())
    path = tmp_path / f"labels.{format}"
    path.write_bytes(target.getvalue())
    gold = {question["name"]: question["name"] for question in QUESTIONS}
    with path.open("rb") as file:
        job = receive(other, file, path.name, user=cast.lead)
    import_file(start_import(job, Mapping({"text": "text"}, gold=gold)).pk)
    assert [row.reason for row in RejectedRow.objects.all()] == []
    assert [item.gold for item in Item.objects.filter(project=other).order_by("pk")] == ANSWERS


def settle(cast: Cast, project: Project, text: str, answers: dict[str, Any]) -> None:
    """An item with this text, settled by these answers."""
    add_items(project, [{"fields": {"text": text}}])
    item = Item.objects.get(project=project, fields={"text": text})
    resolve(item=item, reviewer=cast.lead, answers=answers, version=item.version)
