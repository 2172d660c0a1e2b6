from __future__ import annotations

from typing import Any

from annotation.models import Assignment, AssignmentState, Item
from tests.cast import Cast

MODEL = {
    "annotator": "gpt",
    "answers": {"intent": "refund"},
    "distribution": {"intent": {"refund": 0.75, "delivery": 0.25}},
    "rationale": "says money",
}


def claim(cast: Cast, user: Any = None) -> dict[str, Any]:
    response = cast.api(user or cast.annotator).post(cast.url("claims"), {})
    assert response.status_code == 200, response.content
    return response.json()


def test_each_claim_is_a_new_lease_until_nothing_is_left(cast: Cast) -> None:
    cast.add("one", "two")
    first, second = claim(cast), claim(cast)
    assert first["item"]["id"] != second["item"]["id"]
    assert first.keys() >= {"assignment", "expires_at", "item", "suggestions"}
    last = cast.api(cast.annotator).post(cast.url("claims"))
    assert (last.status_code, last.content) == (204, b"")
    listed = cast.api(cast.annotator).get(cast.url("claims")).json()["results"]
    assert [each["assignment"] for each in listed] == [first["assignment"], second["assignment"]]


def test_a_suggestion_says_who_how_sure_and_why(cast: Cast) -> None:
    cast.add("one", annotations=[MODEL])
    [suggestion] = claim(cast)["suggestions"]
    assert suggestion["annotator"] == "gpt"
    assert suggestion["answers"] == {"intent": "refund"}
    assert suggestion["distribution"] == {"intent": {"refund": 0.75, "delivery": 0.25}}
    assert suggestion["rationale"] == "says money"


def test_blind_first_shows_nothing_of_others_before_the_answer(cast: Cast) -> None:
    cast.policy(overlap=2, min_human=2, blind_first=True)
    cast.add("one", annotations=[MODEL, {"annotator": "ada", "answers": {"intent": "delivery"}}])
    cast.policy(overlap=3, min_human=3)
    client = cast.api(cast.annotator)
    taken = client.post(cast.url("claims"), {})
    assert taken.status_code == 200, taken.content
    seen = [taken, client.get(cast.url("claims")), client.get(cast.url()), client.get(cast.url("annotations"))]
    seen += [client.post(cast.url("claims", taken.json()["assignment"], "renewal"), {})]
    for response in seen:
        body = response.content.decode()
        assert not any(word in body for word in ("gpt", "ada", "says money", "0.75")), body
    assert taken.json()["suggestions"] == []


def test_audited_items_are_asked_blind(cast: Cast) -> None:
    [item] = cast.add("one", annotations=[MODEL])
    Item.objects.filter(pk=item.pk).update(audit=True)
    assert claim(cast)["suggestions"] == []


def test_other_peoples_answers_and_gold_are_never_suggested(cast: Cast) -> None:
    cast.policy(overlap=3, min_human=3)
    cast.add(
        "one",
        gold={"intent": "refund"},
        metadata={"label": "delivery"},
        annotations=[{"annotator": "ada", "answers": {"intent": "other"}, "rationale": "so I think"}],
    )
    response = cast.api(cast.annotator).post(cast.url("claims"), {})
    assert response.json()["suggestions"] == []
    assert not any(word in response.content.decode() for word in ("refund", "delivery", "other", "ada"))


def test_annotators_see_no_list_that_would_tell(cast: Cast) -> None:
    [item] = cast.add("one")
    for parts in (("items",), ("items", item.pk), ("reviews",), ("report",), ("snapshots",), ("members",), ("runs",)):
        assert cast.api(cast.annotator).get(cast.url(*parts)).status_code == 403


def test_a_skipped_item_goes_to_somebody_else(cast: Cast) -> None:
    cast.add("one")
    lease = claim(cast)["assignment"]
    client = cast.api(cast.annotator)
    assert client.delete(cast.url("claims", lease), {"reason": "not English"}).status_code == 204
    assert Assignment.objects.get(pk=lease).reason == "not English"
    assert client.post(cast.url("claims"), {}).status_code == 204
    assert claim(cast, cast.second)["item"]["fields"] == {"text": "one"}
    assert client.delete(cast.url("claims", lease)).status_code == 409


def test_a_lease_can_be_renewed_until_it_went_on(cast: Cast) -> None:
    cast.add("one")
    first = claim(cast)
    client = cast.api(cast.annotator)
    renewed = client.post(cast.url("claims", first["assignment"], "renewal"), {})
    assert renewed.status_code == 200
    assert renewed.json()["expires_at"] >= first["expires_at"]
    Assignment.objects.update(state=AssignmentState.EXPIRED)
    assert client.post(cast.url("claims", first["assignment"], "renewal"), {}).status_code == 409


def test_another_annotators_lease_does_not_exist(cast: Cast) -> None:
    cast.add("one")
    lease = claim(cast)["assignment"]
    for user in (cast.second, cast.lead, cast.reviewer):
        assert cast.api(user).delete(cast.url("claims", lease)).status_code == 404
        assert cast.api(user).post(cast.url("claims", lease, "renewal"), {}).status_code == 404
        answer = {"assignment": lease, "answers": {"intent": "refund"}}
        assert cast.api(user).post(cast.url("annotations"), answer).status_code == 404
    assert Assignment.objects.get(pk=lease).state == AssignmentState.OPEN


def test_what_was_skipped_is_taken_up_again_and_what_was_not_begun_given_back(cast: Cast) -> None:
    cast.add("one")
    client = cast.api(cast.annotator)
    lease = client.post(cast.url("claims"), {}).json()["assignment"]
    assert client.delete(cast.url("claims", lease), {"reason": "too long"}).status_code == 204
    [skipped] = client.get(cast.url("skips")).json()["results"]
    assert (skipped["assignment"], skipped["reason"], skipped["item"]["fields"]) == (lease, "too long", {"text": "one"})
    assert client.post(cast.url("claims", lease, "reopening"), {}).json()["assignment"] == lease
    assert client.post(cast.url("claims", lease, "reopening"), {}).status_code == 409
    assert client.post(cast.url("claims", lease, "release"), {}).json() == {"released": True}
    assert client.get(cast.url("claims")).json()["results"] == []
    assert cast.api(cast.second).post(cast.url("claims", lease, "reopening"), {}).status_code == 404
