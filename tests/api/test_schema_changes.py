"""Designs and changes of questions by API: what is shown can be sent back, and what is refused says why."""

from __future__ import annotations

from typing import Any

from annotation.api.projects import EVERY_TYPE
from annotation.models import Annotation, Project
from annotation.questions import TYPES
from annotation.workflow.reshaping import reshape_answers
from tests.cast import Cast

MERGE = {"kind": "merge_options", "question": "intent", "options": ["refund", "delivery"], "into": {"value": "order"}}


def test_a_template_and_a_conversion_make_projects_as_they_come(cast: Cast) -> None:
    api = cast.api(cast.stranger)
    offered = api.get("/api/v1/project-templates/").json()["results"]
    assert len(offered) == 9
    config = (
        "<View><Text name='t' value='$text'/><Choices name='c' toName='t'><Choice value='a'/><Choice value='b'/>"
        "</Choices><Brush name='x' toName='t'/></View>"
    )
    converted = api.post("/api/v1/projects/label-studio-config/", {"config": config}).json()
    assert "Brush" in converted["losses"][0]
    for name, design in (("Template", offered[0]), ("Converted", converted)):
        body = {"name": name, "fields": design["fields"], "questions": design["questions"]}
        assert api.post("/api/v1/projects/", body).status_code == 201
    refused = api.post("/api/v1/projects/label-studio-config/", {"config": "<View>"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "config")
    assert Project.objects.filter(created_by=cast.stranger).count() == 2


def test_the_documented_project_of_every_type_can_be_made(cast: Cast) -> None:
    made = cast.api(cast.stranger).post("/api/v1/projects/", EVERY_TYPE)
    assert made.status_code == 201, made.content
    assert {question["type"] for question in made.json()["questions"]} == set(TYPES)


def test_a_project_named_like_an_address_gets_another_one(cast: Cast) -> None:
    body = {**EVERY_TYPE, "name": "Label Studio config"}
    slug = cast.api(cast.lead).post("/api/v1/projects/", body).json()["slug"]
    assert cast.api(cast.lead).get(f"/api/v1/projects/{slug}/").status_code == 200


def test_a_change_is_previewed_made_watched_and_undone(cast: Cast) -> None:
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    api = cast.api(cast.lead)
    seen = api.post(cast.url("schema-changes", "preview"), {"change": MERGE}).json()
    assert (seen["people"], seen["items"], seen["returned_answers"]) == (1, 1, 0)
    assert [option["value"] for option in seen["questions"][0]["options"]] == ["order", "other"]
    made = api.post(cast.url("schema-changes"), {"change": MERGE, "schema_version": 1})
    assert made.status_code == 202
    assert (made.json()["state"], made.json()["schema_version"]) == ("pending", 2)
    assert api.post(cast.url("schema-changes"), {"change": MERGE}).status_code == 409
    reshape_answers(made.json()["id"])
    assert api.get(cast.url("schema-changes", made.json()["id"])).json()["percent"] == 100
    assert Annotation.objects.get(project=cast.project).answers == {"intent": "order"}
    undone = api.post(cast.url("schema-changes", made.json()["id"], "undo"), {})
    assert (undone.status_code, undone.json()["undoes"]) == (202, made.json()["id"])
    reshape_answers(undone.json()["id"])
    assert Annotation.objects.get(project=cast.project).answers == {"intent": "refund"}
    assert [row["schema_version"] for row in api.get(cast.url("schema-changes")).json()["results"]] == [3, 2]


def test_bad_and_late_changes_are_refused_with_a_reason(cast: Cast) -> None:
    api = cast.api(cast.lead)
    bodies: list[Any] = [
        {},
        {"change": []},
        {"change": {"kind": "explode"}},
        {"change": {**MERGE, "options": ["refund"]}},
    ]
    bodies += [{"change": {"kind": ["x"]}}, {"change": MERGE, "why": 1}, {"change": {**MERGE, "into": {"value": 3}}}]
    bodies += [{"change": {"kind": "edit_options", "question": "intent", "options": [{"value": "a", "was": []}]}}]
    bodies += [{"change": {"kind": "merge_options", "question": {}, "options": [{}, []], "into": None}}]
    for body in bodies:
        assert api.post(cast.url("schema-changes"), body).status_code == 400, body
    assert api.post(cast.url("schema-changes"), {"change": MERGE, "schema_version": 7}).status_code == 409
    assert Project.objects.get(pk=cast.project.pk).schema_version == 1
