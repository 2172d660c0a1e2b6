from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from annotation.models import Item, Resolution
from tests.cast import Cast


def dispute(cast: Cast) -> Item:
    cast.policy(overlap=2, min_human=2)
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    return cast.answer(cast.second, "delivery")


def test_a_reviewer_sees_every_vote_and_why_they_are_asked(cast: Cast) -> None:
    item = dispute(cast)
    [row] = cast.api(cast.reviewer).get(cast.url("reviews")).json()["results"]
    assert row["item"]["id"] == item.pk
    assert row["item"]["fields"] == {"text": "one"}
    assert row["version"] == item.version
    assert row["reason"]
    assert {vote["annotator"]: vote["answers"]["intent"] for vote in row["votes"]} == {
        "annotator": "refund",
        "second": "delivery",
    }


def test_a_decision_settles_the_item(cast: Cast) -> None:
    item = dispute(cast)
    body = {"answers": {"intent": "other"}, "comment": "neither", "version": item.version}
    made = cast.api(cast.reviewer).post(cast.url("items", item.pk, "resolution"), body)
    assert made.status_code == 201, made.content
    row = cast.api(cast.reviewer).get(cast.url("items", item.pk)).json()
    assert row["stage"] == "settled"
    assert row["consensus"]["intent"]["value"] == "other"
    assert row["consensus"]["intent"]["decided_by"] == "reviewer"
    assert cast.api(cast.reviewer).get(cast.url("reviews")).json()["results"] == []


def test_whoever_decides_second_learns_what_changed(cast: Cast) -> None:
    item = dispute(cast)
    address = cast.url("items", item.pk, "resolution")
    body = {"answers": {"intent": "other"}, "comment": "neither", "version": item.version}
    cast.api(cast.reviewer).post(address, body)
    late = cast.api(cast.lead).post(address, {**body, "answers": {"intent": "refund"}})
    assert late.status_code == 409
    current = late.json()["current"]
    assert current["answers"] == {"intent": "other"}
    assert current["resolved_by"] == "reviewer"
    assert Resolution.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_decides(cast: Cast) -> None:
    item = dispute(cast)
    address = cast.url("items", item.pk, "resolution")
    clients = {"other": cast.api(cast.reviewer), "refund": cast.api(cast.lead)}

    def send(pair: tuple[str, APIClient]) -> int:
        intent, client = pair
        try:
            return client.post(address, {"answers": {"intent": intent}, "version": item.version}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, clients.items())) == [201, 409]
    assert Resolution.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"answers": {"intent": "telepathy"}}, "answers.intent"),
        ({"answers": {}}, "answers.intent"),
        ({"version": None}, "version"),
        ({"version": "1"}, "version"),
        ({"version": -1}, "version"),
        ({"comment": 5}, "comment"),
        ({"reviewer": 1}, "reviewer"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(cast: Cast, change: dict[str, Any], field: str) -> None:
    item = dispute(cast)
    body = {"answers": {"intent": "other"}, "version": item.version, **change}
    response = cast.api(cast.reviewer).post(cast.url("items", item.pk, "resolution"), body)
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["field"] == field
    assert not Resolution.objects.exists()
