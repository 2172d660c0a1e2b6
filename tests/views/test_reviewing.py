"""The reviewer's pages beside the decision: tabs, returns, shares, look-alikes, taking back, and no names."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotation.models import Annotation, Flag, Item, Resolution, ReturnedAnswer, Stage
from annotation.workflow.commenting import comment
from annotation.workflow.flagging import flag
from tests.cast import Cast
from tests.views.data import HTMX, page, signed_in
from tests.views.test_review import decide


def test_tabs_count_by_reason_and_the_way_through_the_queue_keeps_to_its_tab(cast: Cast) -> None:
    first, second = cast.dispute("one", "two")
    settled = cast.add("three")[0]
    for raised in (first, settled):
        flag(raised, user=cast.annotator, reason="Broken")
    client = signed_in(cast.reviewer)
    shown = client.get(page("review_list", cast), {"reason": "flagged", "order": "newest"})
    assert {tab["title"]: tab["count"] for tab in shown.context["tabs"]}["Flagged"] == "2"
    assert [row["text"] for row in shown.context["rows"]] == ["three", "one"]
    address = shown.context["rows"][0]["url"]
    card = client.get(address)
    assert card.context["next_url"] == page("review_item", cast, first.pk) + "?reason=flagged&order=newest"
    version = Item.objects.get(pk=settled.pk).version
    posted = {"version": version, "answer-intent": "refund", "clear_flags": "on"}
    answer = client.post(card.context["resolve_url"], posted, **HTMX)
    assert answer.context["item"]["id"] == first.pk
    assert [raised.item for raised in Flag.objects.open()] == [first]
    # What is no filter is passed over.
    assert client.get(page("review_list", cast), {"reason": "boredom", "after": "x~y"}).status_code == 200
    assert second.stage == Stage.REVIEW


def test_shares_are_kept_as_the_votes_have_them_or_as_they_are_typed(cast: Cast) -> None:
    first, second, third = cast.dispute("one", "two", "three")
    decide(cast, first, None, ambiguous="on", **{"share-intent": ["50.0", "50.0", "0.0"]})
    assert Resolution.objects.get(item=first).distribution["intent"]["refund"] == 0.5
    decide(cast, second, None, ambiguous="on", **{"share-intent": ["10", "", "90"]})
    kept = Resolution.objects.get(item=second)
    assert (kept.answers, kept.distribution["intent"]) == ({"intent": "other"}, {"refund": 0.1, "other": 0.9})
    wrong = decide(cast, third, None, ambiguous="on", comment="Keep me.", **{"share-intent": ["10", "x", "90"]})
    assert (wrong.status_code, wrong.context["comment"]) == (422, "Keep me.")


def test_an_answer_is_returned_only_with_a_word_and_to_its_own_item(cast: Cast) -> None:
    first, second = cast.dispute("one", "two")
    mine = Annotation.objects.get(item=first, annotator__user=cast.annotator)
    client = signed_in(cast.reviewer)
    given = {"version": first.version, "annotation": mine.pk}
    assert client.post(page("review_return", cast, first.pk), given).status_code == 422
    assert client.post(page("review_return", cast, second.pk), {**given, "comment": "Hm."}).status_code == 404
    stale = {**given, "version": first.version - 1, "comment": "Hm."}
    assert client.post(page("review_return", cast, first.pk), stale).status_code == 409
    assert not ReturnedAnswer.objects.exists()
    done = client.post(page("review_return", cast, first.pk), {**given, "comment": "Look <b>again</b>."})
    assert done["Location"] == page("review_item", cast, second.pk)
    card = signed_in(cast.annotator).get(page("annotate", cast))
    assert "Look &lt;b&gt;again&lt;/b&gt;." in card.content.decode()
    assert "Look &lt;b&gt;again&lt;/b&gt;." in signed_in(cast.annotator).get(reverse("inbox")).content.decode()


def test_look_alikes_are_listed_and_decided_with_the_item_and_what_changed_is_told(cast: Cast) -> None:
    first, second, third = cast.dispute("one", "two", "three")
    client = signed_in(cast.reviewer)
    rows = client.get(page("review_alike", cast, first.pk), **HTMX).context["alikes"]
    assert [row["value"] for row in rows] == [f"{item.pk}:{item.version}" for item in (second, third)]
    assert client.get(page("review_alike", cast, first.pk)).context["alikes"] == rows
    Item.objects.filter(pk=third.pk).update(version=third.version + 1)
    ticked = [row["value"] for row in rows] + ["nonsense", "7"]
    answer = decide(cast, first, "other", alike=ticked)
    assert set(Resolution.objects.values_list("item", flat=True)) == {first.pk, second.pk}
    assert answer.context["saved"] == "Decided 2 items."
    assert f"Item {third.pk}: This item changed" in answer.context["notice"]["text"]


def test_the_last_decision_is_taken_back_and_its_choice_is_there_again(cast: Cast) -> None:
    first, second = cast.dispute("one", "two")
    client = signed_in(cast.reviewer)
    assert client.post(page("review_take_back", cast), follow=True).status_code == 200
    decide(cast, first, "other", comment="Because.")
    decide(cast, second, "refund")
    back = client.post(page("review_take_back", cast), **HTMX)
    assert (back.context["item"]["id"], back.context["saved"]) == (second.pk, "Taken back.")
    # Somebody decided on the other one since: nothing is undone unseen.
    listed = client.get(page("review_decisions", cast)).context["decisions"]
    assert [(each["row"].item_id, each["stands"]) for each in listed] == [(first.pk, True)]
    decide(cast, Item.objects.get(pk=first.pk), "delivery")
    stale = client.post(page("review_take_back", cast), {"decision": listed[0]["row"].pk, "version": "0"})
    assert stale.status_code == 409
    newest = Resolution.objects.get(item=first, answers={"intent": "delivery"})
    assert client.post(page("review_take_back", cast), {"decision": newest.pk}).status_code == 302
    assert Item.objects.get(pk=first.pk).consensus.get().value == "other"


@pytest.mark.parametrize("anonymous", [True, False])
def test_where_review_is_anonymous_no_page_of_a_reviewer_says_who_answered(cast: Cast, anonymous: bool) -> None:
    [item] = cast.dispute("one")
    cast.policy(anonymous_review=anonymous)
    comment(item, author=cast.second, text="Hm.")
    flag(item, user=cast.second, reason="Broken")

    def said(user: Any, name: str, *arguments: Any) -> bool:
        return ">second<" in signed_in(user).get(page(name, cast, *arguments)).content.decode().replace(" ·", "<")

    pages: list[Any] = [
        ("review_item", item.pk), ("item", item.pk), ("item_comments", item.pk), ("flags",), ("project_overview",),
    ]  # fmt: skip
    for name, *arguments in pages:
        assert said(cast.reviewer, name, *arguments) is not anonymous, name
        if name != "review_item":
            assert said(cast.lead, name, *arguments), name
    asked = {"answered_by": cast.as_annotator(cast.second).pk}
    assert signed_in(cast.reviewer).get(page("items", cast), asked).status_code == (400 if anonymous else 200)
