from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Project
from tests.cast import Cast

PROJECT = {
    "name": "News",
    "guidelines": "Read **well**.",
    "fields": [{"name": "text", "type": "text"}],
    "questions": [
        {
            "name": "topic",
            "type": "choice",
            "title": "Topic",
            "options": ["world", {"value": "sports", "title": "Sport"}],
        }
    ],
    "policy": {
        "overlap": 2,
        "min_human": 1,
        "accept_threshold": 0.9,
        "target_accuracy": 0.95,
        "audit_share": 0.2,
        "blind_first": True,
        "gold_rate": 0.1,
        "gold_feedback": True,
        "qualification_items": 0,
        "qualification_mark": 0.8,
        "fusion": "dawid_skene",
        "trusted": "",
        "accept_by_class": True,
        "review_share": 0.0,
        "anonymous_review": False,
        "resolution": "panel",
        "debate_rounds": 2,
        "dispute_budget": 0.5,
        "judge_settles": "settle",
    },
}


def test_whoever_makes_a_project_manages_it(cast: Cast) -> None:
    made = cast.api(cast.stranger).post("/api/v1/projects/", PROJECT)
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["slug"] == "news"
    assert body["policy"] == PROJECT["policy"]
    assert body["role"] == "manager"
    assert [option["value"] for option in body["questions"][0]["options"]] == ["world", "sports"]
    assert cast.api(cast.stranger).get("/api/v1/projects/news/").json() == body


def broken(**changes: Any) -> dict[str, Any]:
    return {**PROJECT, **changes}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        (broken(name=""), "name"),
        (broken(name=7), "name"),
        (broken(name="x" * 201), "name"),
        (broken(fields=[]), "fields"),
        (broken(fields="text"), "fields"),
        (broken(questions=[]), "questions"),
        (broken(questions=[{"name": "Topic", "type": "choice", "options": ["a", "b"]}]), "questions"),
        (broken(questions=[{"name": "topic", "type": "telepathy"}]), "questions"),
        (broken(policy={"overlap": "2"}), "policy.overlap"),
        (broken(policy={"overlap": 0}), "policy.overlap"),
        (broken(policy={"overlap": 10**30}), "policy.overlap"),
        (broken(policy={"overlap": 1, "min_human": 2}), "policy.min_human"),
        (broken(policy={"blind_first": 1}), "policy.blind_first"),
        (broken(policy={"audit_share": 2}), "policy.audit_share"),
        (broken(policy={"licensed": True}), "policy.licensed"),
        (broken(policy={"fusion": "vote"}), "policy.fusion"),
        (broken(policy={"trusted": "nobody"}), "policy.trusted"),
        (broken(policy=[]), "policy"),
        (broken(lifecycle="pensioned"), "lifecycle"),
        (broken(slug="mine"), "slug"),
        (broken(created_by=1), "created_by"),
    ],
)
def test_what_cannot_be_used_is_refused_and_named(cast: Cast, body: dict[str, Any], field: str) -> None:
    before = Project.objects.count()
    response = cast.api(cast.lead).post("/api/v1/projects/", body)
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["field"].startswith(field)
    assert Project.objects.count() == before


def test_guidelines_and_policy_change_together_or_not_at_all(cast: Cast) -> None:
    client = cast.api(cast.lead)
    response = client.patch(cast.url(), {"guidelines": "x" * 100_001, "policy": {"overlap": 3}})
    assert response.status_code == 400
    assert client.get(cast.url()).json()["policy"]["overlap"] == 1
    changed = client.patch(cast.url(), {"guidelines": "New.", "policy": {"overlap": 3}}).json()
    assert (changed["guidelines"], changed["guidelines_version"], changed["policy"]["overlap"]) == ("New.", 2, 3)


@pytest.mark.parametrize("change", [{"role": "manager"}, {"licensed": True}, {"slug": "x"}, {"memberships": []}])
def test_a_change_of_anything_else_is_refused(cast: Cast, change: dict[str, Any]) -> None:
    assert cast.api(cast.lead).patch(cast.url(), change).status_code == 400


def test_the_report_counts_what_was_done(cast: Cast) -> None:
    cast.add("one", "two")
    cast.answer(cast.annotator, "refund")
    report = cast.api(cast.reviewer).get(cast.url("report")).json()
    assert report.keys() == {"progress", "agreement", "quality", "cost"}
    assert report["progress"]["human_answers"] == 1
    assert report["progress"]["stages"]["settled"] == 1
