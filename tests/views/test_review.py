"""The review pages: what waits and why, votes side by side, decisions that do not overrun each other."""

from __future__ import annotations

import re
from typing import Any

import pytest

from annotation.models import Item, Resolution, Stage
from annotation.reports.review_queue import PAGE
from annotation.workflow.queueing import claim, skip
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.views.data import HTMX, page, signed_in


def decide(cast: Cast, item: Item, intent: str | None, *, plain: bool = False, **more: Any) -> Any:
    data = {"version": item.version, **more} | ({"answer-intent": intent} if intent else {})
    return signed_in(cast.reviewer).post(page("review_resolve", cast, item.pk), data, **({} if plain else HTMX))


def test_the_list_says_why_each_item_waits(cast: Cast) -> None:
    disputed, skipped = cast.dispute("disputed")[0], cast.add("skipped")[0]
    for user in (cast.annotator, cast.second):
        lease = claim(cast.as_annotator(user))
        assert lease is not None
        skip(lease, reason="No option fits")
    rows = signed_in(cast.reviewer).get(page("review_list", cast)).context["rows"]
    reasons = {row["text"]: row["reason"] for row in rows}
    assert reasons == {"disputed": "People disagree", "skipped": "Skipped by 2 people: No option fits"}
    assert [row["url"] for row in rows] == [page("review_item", cast, item.pk) for item in (disputed, skipped)]
    assert (rows[0]["people"], rows[0]["models"]) == (2, 0)


def test_the_list_pages_forth_and_back(cast: Cast) -> None:
    texts = [f"item {number:03}" for number in range(PAGE + 5)]
    cast.add(*texts)
    Item.objects.update(stage=Stage.REVIEW)
    client = signed_in(cast.reviewer)
    first = client.get(page("review_list", cast))
    second = client.get(page("review_list", cast) + first.context["next_url"])
    assert [row["text"] for row in [*first.context["rows"], *second.context["rows"]]] == texts
    back = client.get(page("review_list", cast) + second.context["previous_url"])
    assert [row["text"] for row in back.context["rows"]] == texts[:PAGE]
    assert client.get(page("review_list", cast), {"after": "x", "owner__password": "y"}).status_code == 200


def test_votes_of_people_models_and_judges_stand_side_by_side(cast: Cast) -> None:
    robot = {"annotator": "Robot", "answers": {"intent": "other"}, "kind": "model", "rationale": "A <b>reason</b>."}
    [item] = cast.dispute("one", annotations=[robot])
    item.annotations.filter(annotator__name="Robot").update(advice=False)
    response = signed_in(cast.reviewer).get(page("review_item", cast, item.pk))
    kinds = {vote["annotator"]: vote["kind"] for vote in response.context["votes"]}
    assert kinds["annotator"] == kinds["second"] == "person"
    item.annotations.filter(annotator__kind="model").update(advice=True)
    response = signed_in(cast.reviewer).get(page("review_item", cast, item.pk))
    assert "judge" in {vote["kind"] for vote in response.context["votes"]}
    assert "A &lt;b&gt;reason&lt;/b&gt;." in response.content.decode()


def test_a_tie_is_not_broken_by_what_is_selected_at_first(cast: Cast) -> None:
    [item] = cast.dispute("one")
    html = signed_in(cast.reviewer).get(page("review_item", cast, item.pk)).content.decode()
    assert not re.search(r'name="answer-intent"[^>]*checked', html)


def test_a_decision_settles_the_item_and_brings_the_next_one(cast: Cast) -> None:
    first, second = cast.dispute("one", "two")
    response = decide(cast, first, "other", comment="Neither.")
    assert response.context["item"]["id"] == second.pk
    assert response["HX-Push-Url"] == page("review_item", cast, second.pk)
    resolution = Resolution.objects.get()
    assert (resolution.answers, resolution.comment) == ({"intent": "other"}, "Neither.")
    assert Item.objects.get(pk=first.pk).stage == Stage.SETTLED
    last = decide(cast, second, "refund")
    assert "Nothing left to review" in last.content.decode()


def test_without_script_a_decision_leads_to_the_next_item_and_then_to_the_list(cast: Cast) -> None:
    first, second = cast.dispute("one", "two")
    assert decide(cast, first, "other", plain=True)["Location"] == page("review_item", cast, second.pk)
    assert decide(cast, second, "other", plain=True)["Location"] == page("review_list", cast)


@pytest.mark.parametrize("plain", [False, True])
def test_the_second_of_two_reviewers_sees_what_changed_and_loses_neither_choice_nor_comment(
    cast: Cast, plain: bool
) -> None:
    [item] = cast.dispute("one")
    resolve(item=item, reviewer=cast.lead, answers={"intent": "other"}, version=item.version, comment="Mine.")
    response = decide(cast, item, "refund", comment="Keep me.", plain=plain)
    assert response.status_code == 409
    conflict = response.context["conflict"]
    assert (conflict["by"], conflict["comment"]) == ("lead", "Mine.")
    assert [(each["title"], each["value"]) for each in conflict["answers"]] == [("Intent", "other")]
    html = response.content.decode()
    assert re.search(r'value="refund"[^>]*checked', html)
    assert "Keep me." in html
    assert response.context["version"] > item.version
    assert Resolution.objects.count() == 1
    # The page carries the new version: deciding again is a decision in full knowledge.
    item.version = response.context["version"]
    decide(cast, item, "refund")
    assert Resolution.objects.first().answers == {"intent": "refund"}


def test_an_answer_that_came_in_meanwhile_is_a_conflict_too(cast: Cast) -> None:
    [item] = cast.dispute("one")
    stale = item.version - 1
    response = decide(cast, item, "refund", version=stale)
    assert response.status_code == 409
    assert response.context["conflict"]["by"] is None
    assert "came in" in response.content.decode()


@pytest.mark.parametrize(("intent", "version"), [(None, None), ("nonsense", None), ("refund", "x"), ("refund", -1)])
def test_what_cannot_be_decided_comes_back_with_the_reason(cast: Cast, intent: str | None, version: Any) -> None:
    [item] = cast.dispute("one")
    more = {} if version is None else {"version": version}
    response = decide(cast, item, intent, comment="Keep me.", **more)
    assert response.status_code == 422
    assert response.context["questions"][0]["error"]
    assert "Keep me." in response.content.decode()
    assert not Resolution.objects.exists()
