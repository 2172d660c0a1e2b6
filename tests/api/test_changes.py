"""Changes of many items by the API."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import BulkChange, Candidate, Fate, Item, Resolution, SynthesisRun
from annotation.workflow.changing_many import change_items
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_change_is_previewed_started_watched_and_taken_back(cast: Cast) -> None:
    cast.add("a refund", "another refund", "a parcel")
    client = cast.api(cast.reviewer)
    body = {"action": "label", "filters": {"search": "refund"}, "details": {"answers": {"intent": "refund"}}}
    preview = client.post(cast.url("changes"), {**body, "preview": True})
    assert (preview.status_code, preview.json()["total"], preview.json()["id"]) == (200, 2, None)
    assert not BulkChange.objects.exists()
    started = client.post(cast.url("changes"), body)
    assert (started.status_code, started.json()["state"]) == (202, "pending")
    pk = started.json()["id"]
    change_items(pk)
    assert client.get(cast.url("changes", pk)).json()["done"] == 2
    assert client.post(cast.url("changes", pk, "cancel"), {}).status_code == 409
    assert client.post(cast.url("changes", pk, "undo"), {}).json()["undoing"] is True
    change_items(pk)
    assert not Resolution.objects.exists()
    assert client.get(cast.url("changes")).json()["results"][0]["undone"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "explode"},
        {"items": [1], "filters": {}},
        {},
        {"filters": {"stage": "nowhere"}},
        {"filters": {"owner__password": "x"}},
        {"filters": {"stage": 7}},
        {"filters": {"gold": "yes"}},
        {"items": ["1"]},
        {"items": [1], "details": {"answers": {"intent": "nothing"}}},
        {"items": [1], "order": "oldest"},
    ],
)
def test_what_makes_no_sense_is_a_bad_request(cast: Cast, wrong: dict[str, Any]) -> None:
    cast.add("one")
    body = {"action": "label", "details": {"answers": {"intent": "refund"}}, **wrong}
    response = cast.api(cast.reviewer).post(cast.url("changes"), body)
    assert response.status_code == 400, response.content
    assert not BulkChange.objects.exists()


def test_reviewers_neither_delete_nor_assign(cast: Cast) -> None:
    [item] = cast.add("one")
    for action in ("delete", "assign"):
        body = {"action": action, "items": [item.pk], "details": {}}
        assert cast.api(cast.reviewer).post(cast.url("changes"), body).status_code == 403
    assert Item.objects.filter(pk=item.pk).exists()
    started = cast.api(cast.lead).post(cast.url("changes"), {"action": "delete", "items": [item.pk]})
    assert cast.api(cast.reviewer).get(cast.url("changes", started.json()["id"])).status_code == 403


def test_what_recipes_made_is_counted_deleted_and_erased_where_the_body_says_so(cast: Cast) -> None:
    [seed, child] = cast.add("a seed", "of it")
    run = SynthesisRun.objects.create(project=cast.project, recipe="x", recipe_version=1, schema_version=1)
    Candidate.objects.create(run=run, number=0, fate=Fate.KEPT, parents=[seed.pk], item=child)
    client = cast.api(cast.lead)
    body: dict[str, Any] = {"action": "delete", "items": [seed.pk]}
    for details, total in (({}, 1), ({"made": True}, 2)):
        preview = client.post(cast.url("changes"), {**body, "details": details, "preview": True})
        assert preview.json()["total"] == total
    for wrong in ({"made": 1}, {"makes": True}):
        assert client.post(cast.url("changes"), {**body, "details": wrong}).status_code == 400
    pk = client.post(cast.url("changes"), body).json()["id"]
    change_items(pk)
    assert client.post(cast.url("changes", pk, "erase"), {"made": "yes"}).status_code == 400
    assert client.post(cast.url("changes", pk, "erase"), {"made": True}).json()["id"] == pk
    newest = client.get(cast.url("changes")).json()["results"][0]
    assert (newest["action"], newest["total"], newest["state"]) == ("delete", 1, "pending")
    change_items(newest["id"])
    assert not Item.objects.filter(project=cast.project).exists()
    assert BulkChange.objects.get(pk=newest["id"]).is_erased


def test_the_list_knows_every_order_and_nothing_else(cast: Cast) -> None:
    cast.add(*(f"text {number}" for number in range(5)))
    client = cast.api(cast.reviewer)
    for order in ("newest", "least_sure", "most_disagreed", "priority"):
        following: str | None = cast.url("items") + f"?order={order}&limit=2"
        seen: list[int] = []
        while following:
            found = client.get(following).json()
            seen += [row["id"] for row in found["results"]]
            following = found["next"]
        assert len(seen) == len(set(seen)) == 5
    for wrong in ("order=owner", "ordering=id", "cursor=0.5~1", "near=a&order=newest", "like=99999", "answered_by=1"):
        assert client.get(cast.url("items") + f"?{wrong}").status_code == 400, wrong
    later = client.get(cast.url("items"), {"near": "something"})
    assert (later.status_code, later["Retry-After"]) == (503, "2")
