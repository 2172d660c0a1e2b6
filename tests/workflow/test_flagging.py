"""Flags: one open flag per person and item, until a reviewer clears it."""

from __future__ import annotations

import pytest

from annotation.models import Event, Flag, Notification, Verb
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.flagging import clear_flag, flag
from tests.cast import Cast
from tests.threads import together
from tests.views.data import page, signed_in


@pytest.mark.django_db(transaction=True)
def test_a_flag_raised_in_five_tabs_is_one_flag(cast: Cast) -> None:
    cast.add("1")
    item = cast.claim(cast.annotator).item
    raised = together([lambda: flag(item, user=cast.annotator, reason="Broken.")] * 5)
    assert len({each.pk for each in raised}) == 1
    assert Event.objects.filter(verb=Verb.FLAGGED).count() == 1


def test_a_second_flag_says_it_better_and_a_cleared_one_can_be_raised_again(cast: Cast) -> None:
    cast.add("1")
    item = cast.claim(cast.annotator).item
    first = flag(item, user=cast.annotator, reason="Broken.")
    assert flag(item, user=cast.annotator, reason="Half of it is missing.").pk == first.pk
    assert Flag.objects.get().reason == "Half of it is missing."
    clear_flag(first, by=cast.reviewer)
    with pytest.raises(Conflict):
        clear_flag(first, by=cast.lead)
    assert [(each.user, each.kind) for each in Notification.objects.all()] == [(cast.annotator, "flag_cleared")]
    assert flag(item, user=cast.annotator, reason="Still.").pk != first.pk
    for reason in ("", " \0", "x" * 501):
        with pytest.raises(Refused):
            flag(item, user=cast.annotator, reason=reason)


def test_reviewers_see_every_open_flag_and_annotators_their_own(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    item = cast.claim(cast.annotator).item
    cast.claim(cast.second)
    flag(item, user=cast.second, reason="Theirs.")
    mine = flag(item, user=cast.annotator, reason="Mine.")
    conversation = page("item_comments", cast, item.pk)
    seen = signed_in(cast.annotator).get(conversation).content.decode()
    assert "Mine." in seen and "Theirs." not in seen
    for address in (conversation, page("flags", cast), cast.url("flags")):
        client = cast.api(cast.reviewer) if address.startswith("/api") else signed_in(cast.reviewer)
        listed = client.get(address).content.decode()
        assert "Mine." in listed and "Theirs." in listed
    assert signed_in(cast.reviewer).post(page("flag_clear", cast, mine.pk), {"then": "flags"}).status_code == 302
    assert "Mine." not in signed_in(cast.reviewer).get(page("flags", cast)).content.decode()
