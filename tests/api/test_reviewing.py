"""What a script may do beside deciding: merge, say that nobody can tell, return, take back, decide many."""

from __future__ import annotations

from typing import Any

from annotation.models import Annotation, Item
from annotation.workflow.flagging import flag
from tests.cast import Cast


def test_the_queue_is_filtered_ordered_paged_and_counted_by_reason(cast: Cast) -> None:
    first, second, _third = cast.dispute("one", "two", "three")
    flag(first, user=cast.annotator, reason="Broken")
    client = cast.api(cast.reviewer)
    counts = client.get(cast.url("reviews", "counts")).json()
    assert (counts["waiting"], counts["disputed"], counts["flagged"], counts["returned"]) == (3, 3, 1, 0)

    def listed(**asked: Any) -> list[int]:
        return [row["item"]["id"] for row in client.get(cast.url("reviews"), asked).json()["results"]]

    assert listed(reason="flagged") == [first.pk]
    assert listed(reason="sampled") == []
    assert listed(search="two", reason="disputed") == [second.pk]
    page = client.get(cast.url("reviews"), {"order": "newest", "limit": "2"}).json()
    rest = client.get(page["next"]).json()
    assert [row["because"] for row in page["results"]] == ["disputed", "disputed"]
    assert [row["item"]["id"] for row in rest["results"]] == [first.pk]
    for wrong in ({"reason": "boredom"}, {"order": "loudest"}, {"cursor": "x"}):
        assert client.get(cast.url("reviews"), wrong).status_code == 400


def test_an_ambiguous_decision_is_listed_with_its_shares_and_taken_back_in_order(cast: Cast) -> None:
    [item] = cast.dispute("one")
    client = cast.api(cast.reviewer)
    body = {"ambiguous": True, "distribution": {"intent": {"refund": 0.75, "other": 0.25}}, "version": item.version}
    made = client.post(cast.url("items", item.pk, "resolution"), body)
    assert made.status_code == 201, made.content
    [row] = client.get(cast.url("reviews", "decisions")).json()["results"]
    assert (row["ambiguous"], row["distribution"], row["stands"]) == (True, body["distribution"], True)
    address = cast.url("items", item.pk, "resolution", "undo")
    assert client.post(address, {"version": item.version}).status_code == 409
    undone = client.post(address, {"version": row["undo_version"]})
    assert undone.json()["stage"] == "review"
    assert client.post(address, {"version": undone.json()["version"]}).status_code == 409
    merged = {"merge": {"intent": ["majority"]}, "version": undone.json()["version"]}
    refused = client.post(cast.url("items", item.pk, "resolution"), merged)
    assert refused.json()["errors"][0]["field"] == "answers.intent"


def test_somebody_elses_decision_is_for_managers_to_take_back(cast: Cast) -> None:
    [item] = cast.dispute("one")
    cast.api(cast.lead).post(
        cast.url("items", item.pk, "resolution"), {"answers": {"intent": "other"}, "version": item.version}
    )
    body = {"version": item.version + 1}
    address = cast.url("items", item.pk, "resolution", "undo")
    assert cast.api(cast.reviewer).post(address, body).status_code == 403
    assert cast.api(cast.lead).post(address, body).status_code == 200


def test_an_answer_is_returned_and_its_person_told_what_to_look_at(cast: Cast) -> None:
    [item] = cast.dispute("one")
    row = cast.api(cast.reviewer).get(cast.url("reviews")).json()["results"][0]
    [vote] = [vote for vote in row["votes"] if vote["annotator"] == "annotator"]
    body = {"annotation": vote["id"], "comment": "Read the end.", "version": row["version"]}
    made = cast.api(cast.reviewer).post(cast.url("items", item.pk, "returns"), body)
    assert (made.status_code, made.json()["kept"]) == (201, True)
    [told] = cast.api(cast.annotator).get("/api/v1/notifications/").json()["results"]
    assert (told["kind"], told["text"]) == ("returned", "Read the end.")
    again = cast.api(cast.reviewer).post(cast.url("items", item.pk, "returns"), body)
    assert again.status_code == 409


def test_look_alikes_are_decided_each_by_itself(cast: Cast) -> None:
    first, second, third = cast.dispute("one", "two", "three")
    client = cast.api(cast.reviewer)
    found = client.get(cast.url("items", first.pk, "look-alikes")).json()["results"]
    assert [(row["id"], row["same_votes"]) for row in found] == [(second.pk, True), (third.pk, True)]
    cast.api(cast.lead).post(
        cast.url("items", third.pk, "resolution"), {"answers": {"intent": "other"}, "version": third.version}
    )
    items = [{"id": row["id"], "version": row["version"]} for row in found] + [{"id": 10**9, "version": 0}]
    told = client.post(cast.url("reviews", "batch"), {"items": items, "answers": {"intent": "refund"}}).json()[
        "results"
    ]
    assert [row["fate"] for row in told] == ["decided", "changed", "gone"]
    assert Item.objects.get(pk=second.pk).consensus.get().value == "refund"
    assert Item.objects.get(pk=third.pk).consensus.get().value == "other"
    many = [{"id": number, "version": 0} for number in range(1, 102)]
    assert client.post(cast.url("reviews", "batch"), {"items": many}).status_code == 400


def test_where_review_is_anonymous_votes_have_letters_and_no_names(cast: Cast) -> None:
    items = cast.dispute(*(f"message {number}" for number in range(8)))
    cast.policy(anonymous_review=True)
    response = cast.api(cast.reviewer).get(cast.url("reviews"))
    assert 'annotator":"annotator' not in response.content.decode()
    letters = []
    for row in response.json()["results"]:
        assert sorted(vote["annotator"] for vote in row["votes"]) == ["A", "B"]
        own = Annotation.objects.get(item=row["item"]["id"], annotator__user=cast.annotator)
        letters += [vote["annotator"] for vote in row["votes"] if vote["id"] == own.pk]
    # Drawn anew for every item: a letter says nothing about the next one.
    assert len(items) == 8 and set(letters) == {"A", "B"}
