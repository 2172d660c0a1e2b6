"""Comments and mentions: who is told, who may read, and that blind stays blind."""

from __future__ import annotations

import pytest

from annotation.models import Comment, Notification
from annotation.workflow.commenting import comment, mentionable, remove_comment
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.notifying import mark_read
from annotation.workflow.people import remove_member
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.views.data import page, signed_in


def told(cast: Cast) -> list[tuple[str, str]]:
    rows = Notification.objects.order_by("pk").values_list("user__username", "kind")
    return list(rows)


def test_those_who_are_mentioned_and_those_who_spoke_before_are_told_once(cast: Cast) -> None:
    item = cast.claim(cast.annotator).item
    comment(item, author=cast.annotator, text="Is @reviewer here? And (@lead), write to a@second.example.")
    assert told(cast) == [("lead", "mentioned"), ("reviewer", "mentioned")]
    comment(item, author=cast.reviewer, text="Yes, @annotator.\r\nAnd @reviewer, @nobody, @other-lead.")
    assert told(cast)[2:] == [("annotator", "mentioned")]
    comment(item, author=cast.lead, text="So what?")
    assert told(cast)[3:] == [("reviewer", "commented"), ("annotator", "commented")]
    assert mark_read(cast.annotator, item=item) == 2
    assert mark_read(cast.annotator, item=item) == 0


@pytest.fixture(autouse=True)
def _items(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")


def test_only_those_who_may_read_it_can_be_mentioned(cast: Cast) -> None:
    item = cast.claim(cast.annotator).item
    assert [user.username for user in mentionable(item)] == ["annotator", "lead", "reviewer"]
    comment(item, author=cast.annotator, text="@second, have a look")
    assert told(cast) == []
    names = signed_in(cast.annotator).get(page("item_mentions", cast, item.pk), {"q": "RE"}).json()["names"]
    assert names == ["reviewer"]


@pytest.mark.parametrize("text", ["", "  \n", "\0", "x" * 5_001])
def test_a_comment_says_something_and_not_too_much(cast: Cast, text: str) -> None:
    item = cast.claim(cast.annotator).item
    with pytest.raises(Refused):
        comment(item, author=cast.annotator, text=text)
    response = signed_in(cast.annotator).post(page("item_comments", cast, item.pk), {"text": text})
    assert response.status_code == 422
    assert text.replace("\0", "") in response.content.decode()
    assert not Comment.objects.exists()


def test_a_removed_comment_leaves_its_place_and_takes_its_notifications(cast: Cast) -> None:
    item = cast.claim(cast.annotator).item
    said = comment(item, author=cast.annotator, text="@lead my password is hunter2")
    remove_comment(said)
    with pytest.raises(Conflict):
        remove_comment(said)
    assert told(cast) == []
    shown = signed_in(cast.lead).get(page("item_comments", cast, item.pk)).content.decode()
    assert "hunter2" not in shown and "Removed." in shown


@pytest.mark.parametrize("blind", ["project", "audit"])
def test_before_their_own_answer_no_byte_of_others_words_reaches_an_annotator(cast: Cast, blind: str) -> None:
    """A7, for comments, flags and the inbox, in pages and the API."""
    cast.policy(blind_first=blind == "project")
    item = cast.claim(cast.second).item
    if blind == "audit":
        item.audit = True
        item.save(update_fields=["audit"])
    lease = cast.claim(cast.annotator)
    assert lease.item_id == item.pk
    comment(item, author=cast.second, text="Clearly the SECRET refund, @annotator")
    comment(item, author=cast.annotator, text="My own words")
    client, api = signed_in(cast.annotator), cast.api(cast.annotator)

    def everything() -> str:
        pages = [page("item_comments", cast, item.pk), page("annotate", cast), page("my_answers", cast), "/inbox/"]
        addresses = [cast.url("items", item.pk, "comments"), cast.url("claims"), "/api/v1/notifications/"]
        answers = [client.get(address) for address in pages] + [api.get(address) for address in addresses]
        assert {answer.status_code for answer in answers} == {200}
        return "".join(answer.content.decode() for answer in answers)

    before = everything()
    assert "SECRET" not in before and "My own words" in before
    cast.answer_lease(lease, "delivery")
    assert "SECRET" in everything()


def test_who_never_held_an_item_and_who_left_read_nothing_of_it(cast: Cast) -> None:
    item = cast.claim(cast.annotator).item
    comment(item, author=cast.annotator, text="@lead look")
    address = page("item_comments", cast, item.pk)
    assert signed_in(cast.second).get(address).status_code == 404
    assert signed_in(cast.second).post(address, {"text": "Me too"}).status_code == 404
    assert signed_in(cast.lead).get("/inbox/").context["notifications"]
    remove_member(cast.project.memberships.get(user=cast.reviewer), by=cast.lead)
    comment(item, author=cast.annotator, text="@reviewer look")
    assert [name for name, _ in told(cast)] == ["lead"]


def test_those_whom_a_reviewer_overrules_are_told_and_the_others_are_not(cast: Cast) -> None:
    cast.answer(cast.annotator, "refund")
    item = cast.answer(cast.second, "delivery")
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "delivery"}, version=item.version)
    assert told(cast) == [("annotator", "decided")]
    assert "decided otherwise than you on" in signed_in(cast.annotator).get("/inbox/").content.decode()
    bell = signed_in(cast.annotator).get(page("my_answers", cast)).content.decode()
    assert "Inbox: 1 unread" in bell
    assert signed_in(cast.annotator).post("/inbox/read/", {"upto": Notification.objects.get().pk}).status_code == 302
    assert Notification.objects.get().read_at is not None
