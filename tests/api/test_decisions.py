"""Many decisions at once are each by themselves; what is written beside an item can be corrected."""

from __future__ import annotations

from annotation.models import Event, Item, Resolution, Verb
from tests.cast import Cast


def test_what_is_wrong_with_one_decision_leaves_the_others_alone(cast: Cast) -> None:
    first, second, third = cast.dispute("one", "two", "three")
    [foreign] = cast.foreign.add("theirs")
    entries = [
        {"item": first.pk, "version": first.version, "answers": {"intent": "refund"}},
        {"item": second.pk, "version": second.version + 7, "answers": {"intent": "refund"}},
        {"item": third.pk, "version": third.version, "answers": {"intent": "telepathy"}},
        {"item": foreign.pk, "version": foreign.version, "answers": {"intent": "refund"}},
        {"item": third.pk, "version": third.version, "mood": "good"},
        {"item": True},
    ]
    answer = cast.api(cast.reviewer).post(cast.url("resolutions"), {"entries": entries})
    assert answer.status_code == 200, answer.content
    told = answer.json()["results"]
    assert [each["index"] for each in told] == list(range(6))
    assert [each["status"] for each in told] == ["resolved", "conflict", "refused", "refused", "refused", "refused"]
    assert told[0]["resolution"] == Resolution.objects.get().pk
    assert told[1]["current"]
    assert "intent" in told[2]["detail"]
    assert told[3]["detail"] == "No such item."
    assert told[4]["detail"].startswith("mood")
    assert Item.objects.get(pk=first.pk).stage == "settled"
    too_many = {"entries": [entries[0]] * 201}
    assert cast.api(cast.reviewer).post(cast.url("resolutions"), too_many).status_code == 400


def test_metadata_is_merged_and_the_log_says_so(cast: Cast) -> None:
    [item] = cast.add("one", metadata={"channel": "mail", "day": "Monday"})
    client, address = cast.api(cast.lead), cast.url("items", item.pk)
    changed = client.patch(address, {"metadata": {"channel": "phone", "day": None, "tags": ["a"]}, "external_id": "x"})
    assert changed.status_code == 200, changed.content
    assert changed.json()["metadata"] == {"channel": "phone", "tags": ["a"]}
    assert [each["id"] for each in client.get(cast.url("items"), {"metadata": "channel=phone"}).json()["results"]] == [
        item.pk
    ]
    log = cast.api(cast.reviewer).get(cast.url("events"), {"item": item.pk, "verb": "item_corrected"}).json()
    [entry] = log["results"]
    assert (entry["actor"], entry["data"]["external_id"]) == ("lead", ["", "x"])
    # What says nothing new is no event; what is too much is refused whole.
    assert client.patch(address, {"external_id": "x"}).status_code == 200
    assert client.patch(address, {"metadata": {"a": "x" * 200_000}, "external_id": "y"}).status_code == 400
    assert Event.objects.filter(verb=Verb.ITEM_CORRECTED).count() == 1
    assert Item.objects.get(pk=item.pk).external_id == "x"
    assert client.patch(address, {"fields": {"text": "another"}}).status_code == 400


def test_a_deleted_item_comes_back_or_is_erased(cast: Cast) -> None:
    [item] = cast.add("one")
    client = cast.api(cast.lead)
    change = client.delete(cast.url("items", item.pk))
    assert change.status_code == 202, change.content
    assert (change.json()["action"], change.json()["total"]) == ("delete", 1)
    assert client.post(cast.url("changes", change.json()["id"], "erase"), {}).status_code == 409
    left = client.get(cast.url("changes", change.json()["id"], "items"), {"outcome": "pending"}).json()["results"]
    assert left == [{"item": item.pk, "outcome": "pending", "reason": ""}]


def test_the_log_says_nothing_of_whom_a_reviewer_must_not_know(cast: Cast) -> None:
    cast.policy(anonymous_review=True)
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    told = cast.api(cast.reviewer).get(cast.url("events")).content.decode()
    assert "answered" in told
    assert '"annotator"' not in told
    assert '"actor":"annotator"' in cast.api(cast.lead).get(cast.url("events")).content.decode()
    for asked in ({"verb": "sang"}, {"item": "x"}):
        assert cast.api(cast.lead).get(cast.url("events"), asked).status_code == 400
