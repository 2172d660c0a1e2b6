"""The item list and an item's page."""

from __future__ import annotations

import pytest

from annotation.models import Item, Stage
from annotation.reports.items import PAGE
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.measuring import measured_labeler
from tests.views.data import HTMX, page, signed_in


def texts(response) -> list[str]:  # type: ignore[no-untyped-def]
    return [row.text for row in response.context["rows"]]


def test_the_list_pages_forth_and_back_without_losing_or_repeating_an_item(cast: Cast) -> None:
    every = [f"message {number:03}" for number in range(PAGE * 2 + 7)]
    cast.add(*every)
    client = signed_in(cast.reviewer)
    first = client.get(page("items", cast))
    second = client.get(first.context["next_url"])
    third = client.get(second.context["next_url"])
    assert texts(first) + texts(second) + texts(third) == every
    assert (first.context["previous_url"], third.context["next_url"]) == (None, None)
    assert texts(client.get(third.context["previous_url"])) == texts(second)
    back = client.get(second.context["previous_url"])
    assert texts(back) == texts(first)
    assert back.context["previous_url"] is None


def test_filters_narrow_the_list_and_stay_in_the_links_to_other_pages(cast: Cast) -> None:
    cast.add(*(f"parcel {number}" for number in range(PAGE + 1)), "refund please")
    response = signed_in(cast.reviewer).get(page("items", cast), {"search": "PARCEL", "stage": "new"})
    assert len(texts(response)) == PAGE
    assert "search=PARCEL" in response.context["next_url"]
    assert "stage=new" in response.context["next_url"]


@pytest.mark.parametrize("wanted", ["100 %_'", 'say "hello"', "back\\slash", "ÄÖ", "<b>", "two\nlines", "text"])
def test_search_takes_text_literally(cast: Cast, wanted: str) -> None:
    cast.add(f"this has {wanted} in it", "that has 1000 of them")
    response = signed_in(cast.reviewer).get(page("items", cast), {"search": wanted, "match": "literal"})
    assert texts(response) == [f"this has {wanted} in it"]


def test_the_label_filter_finds_what_leads_on_that_question(cast: Cast) -> None:
    cast.add("first", "second")
    answered = cast.answer(cast.annotator, "refund")
    client = signed_in(cast.reviewer)
    assert texts(client.get(page("items", cast), {"label": "intent:refund"})) == [answered.fields["text"]]
    assert texts(client.get(page("items", cast), {"label": "intent:other"})) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"stage": "nowhere"},
        {"label": "intent:unknown"},
        {"after": "x"},
        {"after": str(2**63)},
        {"after": "0.5~1"},
        {"after": "nan~1", "order": "priority"},
        {"search": "a\0b"},
        {"near": "a\0b"},
        {"order": "owner__password"},
        {"sure_from": "nan"},
        {"sure_from": "0.9", "sure_to": "0.1"},
        {"imported_from": "2026-02-30"},
        {"metadata": "channel"},
        {"answered_by": "1"},
        {"parent": "99999999999999999999"},
        {"columns": "password"},
        {"gold": "yes"},
        {"audit": "no"},
    ],
)
def test_what_is_no_filter_answers_400_and_lists_nothing(cast: Cast, asked: dict[str, str]) -> None:
    cast.add("one")
    response = signed_in(cast.reviewer).get(page("items", cast), asked)
    assert response.status_code == 400
    assert texts(response) == []


def test_htmx_gets_the_table_alone(cast: Cast) -> None:
    response = signed_in(cast.reviewer).get(page("items", cast), **HTMX)
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_an_item_page_tells_votes_consensus_decision_and_history(cast: Cast) -> None:
    cast.policy(overlap=2, min_human=2)
    [item] = cast.add("Where is it?", metadata={"channel": "mail"}, external_id="m-1")
    cast.answer(cast.annotator, "delivery")
    cast.answer(cast.second, "refund")
    item.refresh_from_db()
    resolve(
        item=item, answers={"intent": "delivery"}, reviewer=cast.reviewer, version=item.version, comment="It is late."
    )
    response = signed_in(cast.reviewer).get(page("item", cast, item.pk))
    context = response.context
    assert [vote["row"].annotator.name for vote in context["votes"]] == ["second", "annotator"]
    assert [row["value"] for row in context["consensus"]] == ["delivery"]
    assert context["resolutions"][0]["row"].comment == "It is late."
    assert context["metadata"] == [("channel", "mail")]
    assert context["events"][0]["to"] == Stage.SETTLED
    assert {"answered", "resolved", "moved"} <= {event["verb"] for event in context["events"]}


def test_gold_is_shown_to_managers_alone(cast: Cast) -> None:
    [item] = cast.add("check me", gold={"intent": "refund"})
    assert signed_in(cast.lead).get(page("item", cast, item.pk)).context["gold"]
    response = signed_in(cast.reviewer).get(page("item", cast, item.pk))
    assert not response.context["gold"]
    assert "Gold" not in response.content.decode()


def test_item_text_is_shown_literally(cast: Cast) -> None:
    hostile = '<script>alert(1)</script>{{ 7|add:7 }}" onmouseover="x'
    [item] = cast.add(hostile)
    client = signed_in(cast.reviewer)
    for address in (page("items", cast), page("item", cast, item.pk)):
        shown = client.get(address).content.decode()
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}&quot; onmouseover=" in shown


def test_the_list_asks_the_database_as_often_for_fifty_items_as_for_one(
    cast: Cast, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    cast.add(*(f"message {number}" for number in range(PAGE)))
    client = signed_in(cast.reviewer)
    with django_assert_max_num_queries(20):
        client.get(page("items", cast))


def test_an_empty_project_says_how_items_come_in(cast: Cast) -> None:
    assert not Item.objects.filter(project=cast.project).exists()
    assert page("imports", cast) in signed_in(cast.lead).get(page("items", cast)).content.decode()


@pytest.mark.parametrize("bad", [{"labeler": "99999"}, {"labeler": "x"}, {"question": "nothing"}])
def test_a_comparison_that_is_none_is_a_bad_request(cast: Cast, bad: dict[str, str]) -> None:
    labeler = measured_labeler(cast)
    cell = {"labeler": str(labeler.pk), "question": "intent", "people": "refund", "model": "delivery", **bad}
    assert signed_in(cast.lead).get(page("items", cast), cell).status_code == 400


def test_another_projects_model_cannot_be_compared(cast: Cast) -> None:
    theirs = cast.foreign.project.labelers.get()
    response = signed_in(cast.lead).get(page("items", cast), {"labeler": theirs.pk, "question": "intent"})
    assert response.status_code == 400


def test_a_comparison_keeps_to_its_items_and_says_what_it_is(cast: Cast) -> None:
    labeler = measured_labeler(cast)
    cast.add("not voted on")
    cell = {"labeler": labeler.pk, "question": "intent", "people": "refund", "model": "delivery"}
    response = signed_in(cast.lead).get(page("items", cast), cell)
    assert [row.text for row in response.context["rows"]] == ["Robot v1 4", "Robot v1 5"]
    assert "Show all items" in response.content.decode()
