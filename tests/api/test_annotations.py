from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from annotation.models import Annotation, Assignment, AssignmentState, Item
from tests.api.test_claims import MODEL, claim
from tests.cast import Cast


def answer(cast: Cast, body: dict[str, Any], key: str = "", client: APIClient | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return (client or cast.api(cast.annotator)).post(cast.url("annotations"), body, headers=headers)


def test_an_answer_is_kept_and_the_item_moves_on(cast: Cast) -> None:
    cast.add("one")
    lease = claim(cast)
    made = answer(cast, {"assignment": lease["assignment"], "answers": {"intent": "refund"}, "seconds": 2.5})
    assert made.status_code == 201, made.content
    assert made.json()["answers"] == {"intent": "refund"}
    assert made.json()["seconds"] == 2.5
    assert "next" not in made.json()
    assert Item.objects.get(pk=lease["item"]["id"]).stage == "settled"


def test_the_same_key_again_gives_the_same_body(cast: Cast) -> None:
    cast.add("one")
    body = {"assignment": claim(cast)["assignment"], "answers": {"intent": "refund"}}
    first, again = answer(cast, body, "key-1"), answer(cast, body, "key-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Annotation.objects.count() == 1


def test_a_key_belongs_to_one_answer(cast: Cast) -> None:
    cast.add("one", "two")
    body = {"assignment": claim(cast)["assignment"], "answers": {"intent": "refund"}}
    answer(cast, body, "key-1")
    other = {"assignment": claim(cast)["assignment"], "answers": {"intent": "refund"}}
    assert answer(cast, other, "key-1").status_code == 422
    assert answer(cast, {**body, "answers": {"intent": "other"}}, "key-1").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_ten_times_at_once_is_one_annotation(cast: Cast) -> None:
    cast.add("one")
    body = {"assignment": claim(cast)["assignment"], "answers": {"intent": "refund"}}
    clients = [cast.api(cast.annotator) for _ in range(10)]

    def send(client: APIClient) -> tuple[int, Any]:
        try:
            response = answer(cast, body, "key-1", client)
            return response.status_code, response.json()
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(send, clients))
    assert sorted(status for status, _ in results) == [200] * 9 + [201]
    assert all(found == results[0][1] for _, found in results)
    assert Annotation.objects.count() == 1


def test_an_answer_after_the_lease_went_on_is_a_409_and_kept_as_draft(cast: Cast) -> None:
    cast.add("one")
    lease = claim(cast)["assignment"]
    Assignment.objects.filter(pk=lease).update(expires_at="2000-01-01T00:00:00Z")
    assert claim(cast, cast.second)["assignment"] != lease
    response = answer(cast, {"assignment": lease, "answers": {"intent": "refund"}}, "key-1")
    assert response.status_code == 409
    assert response.json()["type"].endswith("lease-lost")
    assert Assignment.objects.get(pk=lease).draft == {"intent": "refund"}
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "answers.intent"),
        ({"intent": "telepathy"}, "answers.intent"),
        ({"intent": 3}, "answers.intent"),
        ({"intent": ["refund"]}, "answers.intent"),
        ({"intent": {"a": {"b": []}}}, "answers.intent"),
        ({"intent": "refund", "mood": "good"}, "answers.mood"),
        ("refund", "answers"),
        (None, "answers"),
    ],
)
def test_an_answer_that_does_not_fit_names_its_question(cast: Cast, answers: Any, field: str) -> None:
    cast.add("one")
    lease = claim(cast)["assignment"]
    response = answer(cast, {"assignment": lease, "answers": answers})
    assert response.status_code == 400, response.content
    assert response.json()["errors"][0]["field"] == field
    assert Assignment.objects.get(pk=lease).state == AssignmentState.OPEN


@pytest.mark.parametrize(
    "change",
    [
        {"annotator": 1},
        {"suggestion_seen": False},
        {"seconds": -1},
        {"seconds": "3"},
        {"seconds": True},
        {"seconds": 10**400},
        {"assignment": "1"},
        {"assignment": None},
        {"claim_next": "yes"},
    ],
    ids=str,
)
def test_nothing_else_can_be_said(cast: Cast, change: dict[str, Any]) -> None:
    cast.add("one")
    body = {"assignment": claim(cast)["assignment"], "answers": {"intent": "refund"}, **change}
    assert answer(cast, body).status_code == 400
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("key", ["x" * 101, "é", "a\tb"])
def test_a_key_is_short_and_printable(cast: Cast, key: str) -> None:
    cast.add("one")
    assert (
        answer(cast, {"assignment": claim(cast)["assignment"], "answers": {"intent": "refund"}}, key).status_code == 400
    )


def test_whether_a_suggestion_was_seen_is_ours_to_say(cast: Cast) -> None:
    cast.add("one", annotations=[MODEL])
    cast.add("two")
    seen = {}
    for _ in range(2):
        lease = claim(cast)
        made = answer(cast, {"assignment": lease["assignment"], "answers": {"intent": "refund"}}).json()
        seen[lease["item"]["fields"]["text"]] = made["suggestion_seen"]
    assert seen == {"one": True, "two": False}


def test_the_next_item_comes_with_the_answer(cast: Cast) -> None:
    cast.add("one", "two")
    body = {"assignment": claim(cast)["assignment"], "answers": {"intent": "refund"}, "claim_next": True}
    first = answer(cast, body, "key-1").json()
    assert first["next"]["item"]["fields"] == {"text": "two"}
    again = answer(cast, body, "key-1")
    assert again.status_code == 200
    assert again.json()["next"]["assignment"] == first["next"]["assignment"]
    last = {**body, "assignment": first["next"]["assignment"]}
    assert answer(cast, last, "key-2").json()["next"] is None


def test_an_answer_can_be_taken_back_by_whoever_gave_it(cast: Cast) -> None:
    cast.add("one")
    lease = claim(cast)
    made = answer(cast, {"assignment": lease["assignment"], "answers": {"intent": "refund"}}).json()
    for user in (cast.second, cast.lead, cast.reviewer):
        assert cast.api(user).delete(cast.url("annotations", made["id"])).status_code == 404
    client = cast.api(cast.annotator)
    back = client.delete(cast.url("annotations", made["id"]))
    assert back.status_code == 200, back.content
    assert back.json()["assignment"] == lease["assignment"]
    assert back.json()["draft"] == {"intent": "refund"}
    assert client.delete(cast.url("annotations", made["id"])).status_code == 409
    assert client.get(cast.url("annotations")).json()["results"] == []


def test_annotators_list_their_own_answers_only(cast: Cast) -> None:
    cast.policy(overlap=2, min_human=2)
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "other")
    for query in ({}, {"mine": "true"}, {"mine": ""}):
        listed = cast.api(cast.annotator).get(cast.url("annotations"), query).json()["results"]
        assert [each["annotator"] for each in listed] == ["annotator"]
    assert len(cast.api(cast.reviewer).get(cast.url("annotations")).json()["results"]) == 2
    assert cast.api(cast.reviewer).get(cast.url("annotations"), {"mine": "true"}).json()["results"] == []
