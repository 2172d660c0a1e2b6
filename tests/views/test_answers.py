"""One's own answers: what was given, by day and flag, and the way back to each."""

from __future__ import annotations

import pytest
from django.utils import timezone

from annotation.models import Annotation, Assignment
from annotation.reports import my_answers as report
from annotation.workflow.flagging import flag
from annotation.workflow.queueing import skip
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.views.data import page, signed_in


def texts(response: object) -> list[str]:
    return [row["text"] for row in response.context["rows"]]  # type: ignore[attr-defined]


def test_pages_go_forth_and_back_and_filters_hold_on_every_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "PAGE", 2)
    cast.add(*"abcde")
    items = [cast.answer(cast.annotator, "refund") for _ in range(5)]
    flag(items[1], user=cast.annotator, reason="Broken.")
    client, address = signed_in(cast.annotator), page("my_answers", cast)
    first = client.get(address)
    assert texts(first) == ["e", "d"] and first.context["previous_url"] is None
    second = client.get(address + first.context["next_url"])
    assert texts(second) == ["c", "b"]
    last = client.get(address + second.context["next_url"])
    assert texts(last) == ["a"] and last.context["next_url"] is None
    assert texts(client.get(address + last.context["previous_url"])) == ["c", "b"]
    assert texts(client.get(address, {"flagged": "on"})) == ["b"]
    today = timezone.now().date().isoformat()
    assert texts(client.get(address, {"day": today})) == ["e", "d"]
    assert f"day={today}" in client.get(address, {"day": today}).context["next_url"]
    assert texts(client.get(address, {"day": "2001-01-01"})) == []
    assert client.get(address, {"day": "yesterday", "after": "x"}).status_code == 200
    assert texts(signed_in(cast.second).get(address)) == []


def test_an_answer_is_edited_through_the_door_of_undo_and_not_once_a_reviewer_has_decided(cast: Cast) -> None:
    cast.add("a", "b", "c")
    old = cast.answer(cast.annotator, "refund")
    cast.answer(cast.annotator, "other")
    client = signed_in(cast.annotator)
    answer = Annotation.objects.get(item=old)
    opened = client.post(page("answer_edit", cast, answer.pk), follow=True)
    assert opened.context["item"]["id"] == old.pk
    assert opened.context["assignment"].draft == {"intent": "refund"}
    client.post(opened.context["submit_url"], {"answer-intent": "delivery"})
    item = Annotation.objects.current().get(item=old).item
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=item.version)
    again = client.post(page("answer_edit", cast, Annotation.objects.current().get(item=old).pk), follow=True)
    assert "A reviewer has decided" in again.content.decode()
    assert Annotation.objects.current().get(item=old).answers == {"intent": "delivery"}
    assert "Decided by a reviewer" in again.content.decode()


def test_a_skipped_item_is_listed_with_its_reason_and_can_be_answered_after_all(cast: Cast) -> None:
    cast.add("a", "b")
    lease = cast.claim(cast.annotator)
    skip(lease, reason="Not a language I read")
    client = signed_in(cast.annotator)
    listed = client.get(page("my_answers", cast), {"show": "skipped"})
    assert texts(listed) == ["a"] and "Not a language I read" in listed.content.decode()
    opened = client.post(page("skip_reopen", cast, lease.pk), follow=True)
    assert opened.context["item"]["id"] == lease.item_id
    assert Assignment.objects.get(pk=lease.pk).state == "open"
