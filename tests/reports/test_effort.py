"""How good the labels are, and what further answers add: the figures of a project counted by hand."""

from __future__ import annotations

from django.core.cache import cache

from annotation.models import Item, Project, Stage
from annotation.reports.effort import NEXT, effort_report
from annotation.workflow.reviewing import resolve
from tests.cast import Cast


def report(cast: Cast):  # type: ignore[no-untyped-def]
    cache.clear()
    return effort_report(Project.objects.get(pk=cast.project.pk))


def test_labels_are_as_right_as_their_votes_are_sure_and_checked_ones_as_they_are(cast: Cast) -> None:
    nothing = report(cast)
    assert (nothing.accuracy.value, nothing.adds, nothing.wanted) == (None, None, None)
    cast.policy(overlap=4, min_human=4)
    items = cast.add("1", "2", "3", "4")
    votes = {"1": ["refund"], "2": ["refund", "other"], "3": ["refund", "refund", "refund", "other"]}
    for text, said in votes.items():
        for user, intent in zip((cast.annotator, cast.second, cast.lead, cast.reviewer), said, strict=False):
            lease = next(each for each in _leases(cast, user, text))
            cast.answer_lease(lease, intent)
    believed = (1 + 0.5 + 0.75) / 3
    found = report(cast)
    assert abs(found.accuracy.value - believed) < 1e-9
    assert (found.accuracy.measured, found.accuracy.checked) == (0.0, 0)
    # Somebody decides the third, and the first is known to be something else: that is all that was checked.
    third = Item.objects.get(pk=items[2].pk)
    resolve(item=third, reviewer=cast.reviewer, answers={"intent": "refund"}, version=third.version)
    Item.objects.filter(pk=items[0].pk).update(gold={"intent": "delivery"})
    found = report(cast)
    assert abs(found.accuracy.value - (2 * 0 + 1 * 1.0) / 3) < 1e-9
    assert found.accuracy.checked == 1
    assert found.accuracy.low < found.accuracy.value < found.accuracy.high
    assert found.next == NEXT
    # One open item is a coin toss: answers to it put up to half an item right, of three.
    assert Item.objects.get(pk=items[1].pk).stage == Stage.HUMAN
    assert 0.1 < found.adds < 0.5 / 3 + 1e-9
    assert found.wanted is None, "answers alone do not lead to 95 %"


def _leases(cast: Cast, user: object, text: str):  # type: ignore[no-untyped-def]
    """Claims until the item with this text comes; the others are given back when their time is up."""
    while True:
        lease = cast.claim(user)  # type: ignore[arg-type]
        if lease.item.fields["text"] == text:
            yield lease
