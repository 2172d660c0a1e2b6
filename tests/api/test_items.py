from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Annotation, Item
from tests.cast import Cast


def texts(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["fields"]["text"] for row in response.json()["results"]]


def test_good_items_come_in_and_bad_ones_come_back_with_their_reason(cast: Cast) -> None:
    entries = [
        {"fields": {"text": "Where is it?"}, "external_id": "1", "metadata": {"channel": "mail"}},
        {"fields": {"text": "Where is it?"}},
        {"fields": {"text": ""}},
        {"fields": {"body": "x"}},
        {"fields": {"text": "y"}, "gold": {"intent": "telepathy"}},
        {"fields": {"text": "z"}, "stage": "settled"},
        "text",
    ]
    response = cast.api(cast.lead).post(cast.url("items"), entries)
    assert response.status_code == 201, response.content
    body = response.json()
    assert (body["created"], body["duplicates"]) == (1, 1)
    assert [each["index"] for each in body["rejected"]] == [2, 3, 4, 5, 6]
    assert all(each["reason"] for each in body["rejected"])


def test_items_bring_the_answers_of_people_and_models(cast: Cast) -> None:
    share = {"refund": 0.7, "delivery": 0.2, "other": 0.1}
    annotations = [
        {"annotator": "ada", "answers": {"intent": "refund"}},
        {"annotator": "gpt", "answers": {"intent": "refund"}, "distribution": {"intent": share}, "rationale": "why"},
    ]
    cast.api(cast.lead).post(cast.url("items"), [{"fields": {"text": "one"}, "annotations": annotations}])
    kinds = dict(Annotation.objects.filter(project=cast.project).values_list("annotator__name", "annotator__kind"))
    assert kinds == {"ada": "human", "gpt": "model"}


def test_a_list_has_an_end(cast: Cast) -> None:
    response = cast.api(cast.lead).post(cast.url("items"), [{}] * 10_001)
    assert response.status_code == 400
    assert "10,000" in response.json()["detail"]
    assert cast.api(cast.lead).post(cast.url("items"), {"fields": {"text": "x"}}).status_code == 400


def test_pages_follow_each_other_without_gap_or_double(cast: Cast) -> None:
    wanted = [f"text {number}" for number in range(7)]
    cast.add(*wanted)
    client = cast.api(cast.reviewer)
    found: list[str] = []
    following: str | None = cast.url("items") + "?limit=3"
    while following:
        page = client.get(following)
        found += texts(page)
        following = page.json()["next"]
    assert found == wanted


def test_items_are_found_by_stage_text_and_label(cast: Cast) -> None:
    cast.add("where is my parcel", 'money "back",\nplease \\o/ 100_%')
    answered = cast.answer(cast.annotator, "refund")
    client = cast.api(cast.lead)
    assert texts(client.get(cast.url("items"), {"stage": "settled"})) == [answered.fields["text"]]
    for search in ('MONEY "back"', '",\nplease', "\\o/", "0_%"):
        assert len(texts(client.get(cast.url("items"), {"search": search, "match": "literal"}))) == 1, search
    for search in ("MON back", '"money back"', "-parcel", "BACK,please"):
        assert len(texts(client.get(cast.url("items"), {"search": search}))) == 1, search
    for search, match in (("is_my", "literal"), ("text", "literal"), ("ack", "words"), ('"back money"', "words")):
        assert texts(client.get(cast.url("items"), {"search": search, "match": match})) == [], search
    for label in ("refund", "intent:refund"):
        assert texts(client.get(cast.url("items"), {"label": label})) == [answered.fields["text"]]
    assert texts(client.get(cast.url("items"), {"label": "intent:delivery"})) == []


def test_gold_stays_hidden(cast: Cast) -> None:
    [item] = cast.add("one", gold={"intent": "refund"})
    for user in (cast.lead, cast.reviewer):
        for address in (cast.url("items"), cast.url("items", item.pk)):
            body = cast.api(user).get(address).content.decode()
            assert "refund" not in body
            assert "gold" not in body
    assert Item.objects.get(pk=item.pk).gold == {"intent": "refund"}


@pytest.mark.parametrize("name", ["version", "gold", "audit", "slots", "content_hash"])
def test_nothing_but_text_and_context_can_be_set(cast: Cast, name: str) -> None:
    entry = {"fields": {"text": "one"}, name: 1}
    response = cast.api(cast.lead).post(cast.url("items"), [entry])
    assert response.json()["created"] == 0
