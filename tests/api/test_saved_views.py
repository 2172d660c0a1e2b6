from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotation.models import SavedView
from tests.cast import Cast


def test_a_view_is_kept_refined_shared_and_deleted(cast: Cast) -> None:
    mine, theirs = cast.api(cast.reviewer), cast.api(cast.lead)
    query = {"label": "intent:refund", "search": "“a & b”", "order": "least_sure", "columns": ["sure", "stage"]}
    saved = mine.post(cast.url("views"), {"name": " Doubtful  refunds ", "query": query})
    assert saved.status_code == 201, saved.content
    row = saved.json()
    assert (row["name"], row["shared"], row["owner"]) == ("Doubtful refunds", False, "reviewer")
    assert row["query"] == {**query, "columns": ["stage", "sure"]}
    # What the API kept is what the page of that address shows.
    page = Client()
    page.force_login(cast.reviewer)
    shown = page.get(row["address"], follow=True).context["form"]
    assert (shown.filters.label, shown.filters.search, shown.chosen_order) == ("intent:refund", "“a & b”", "least_sure")

    address = cast.url("views", row["id"])
    assert theirs.get(address).status_code == 404
    assert theirs.get(cast.url("views")).json()["results"] == []
    changed = mine.patch(address, {"shared": True, "query": {"stage": "review"}}).json()
    assert (changed["name"], changed["query"], changed["shared"]) == ("Doubtful refunds", {"stage": "review"}, True)
    assert theirs.get(address).json() == changed == theirs.get(cast.url("views")).json()["results"][0]
    assert theirs.patch(address, {"name": "Mine"}).status_code == 403
    assert theirs.delete(address).status_code == 204
    assert mine.get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "Taken"}, "name"),
        ({"name": "ok", "query": {"stage": "nowhere"}}, "query.stage"),
        ({"name": "ok", "query": {"stage": 7}}, "query.stage"),
        ({"name": "ok", "query": {"stage": ["new"]}}, "query.stage"),
        ({"name": "ok", "query": {"columns": ["password"]}}, "query.columns"),
        ({"name": "ok", "query": {"owner__password": "x"}}, "query.owner__password"),
        ({"name": "ok", "query": {"after": "7"}}, "query.after"),
        ({"name": "ok", "query": {"gold": "yes"}}, "query.gold"),
        ({"name": "ok", "query": "stage=new"}, "query"),
        ({"name": "ok", "shared": "yes"}, "shared"),
        ({"name": "ok", "owner": "lead"}, "owner"),
    ],
)
def test_what_is_no_view_is_refused_and_said_where(cast: Cast, body: dict[str, Any], field: str) -> None:
    client = cast.api(cast.reviewer)
    kept = client.post(cast.url("views"), {"name": "Taken", "query": {"stage": "new"}}).json()
    response = client.post(cast.url("views"), body)
    assert response.status_code == 400, response.content
    assert field in [error["field"] for error in response.json()["errors"]]
    if body.get("name") == "ok":
        patched = {key: value for key, value in body.items() if key != "name"}
        assert client.patch(cast.url("views", kept["id"]), patched).status_code == 400
    assert [(each.name, each.query) for each in SavedView.objects.all()] == [("Taken", "stage=new")]
