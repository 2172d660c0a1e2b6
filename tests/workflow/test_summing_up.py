"""Digests: once per person and period, and to each what their role may see."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from annotation.models import Annotation, Digest, Membership, Notification, NotificationKind
from annotation.workflow.notifying import set_notices
from annotation.workflow.summing_up import find_due_digests, send_digests
from tests.cast import Cast

DIGESTS = Notification.objects.filter(kind=NotificationKind.DIGEST)


def member(cast: Cast, name: str) -> Membership:
    return Membership.objects.get(project=cast.project, user__username=name)


def yesterday(cast: Cast) -> None:
    """What was answered today was answered yesterday, and nobody has heard of it."""
    then = timezone.now() - timedelta(days=1)
    Annotation.objects.filter(project=cast.project).update(created_at=then)
    Membership.objects.filter(project=cast.project).update(digested_at=then - timedelta(days=9))


def test_a_day_is_summed_up_once_for_whoever_wants_it(cast: Cast) -> None:
    assert find_due_digests() == []
    set_notices(member(cast, "lead"), digest=Digest.DAILY)
    set_notices(member(cast, "annotator"), digest=Digest.DAILY)
    for name in ("reviewer", "second"):
        set_notices(member(cast, name), digest=Digest.NEVER)
    cast.add("one message", "another")
    cast.answer(cast.annotator, "refund")
    yesterday(cast)
    assert find_due_digests() == [cast.project.pk]
    for _ in range(5):
        send_digests(cast.project.pk)
    assert find_due_digests() == []
    found = {digest.user.username: digest.data for digest in DIGESTS.select_related("user")}
    assert set(found) == {"lead", "annotator"}
    lead, annotator = found["lead"], found["annotator"]
    assert (lead["answers"], lead["yours"], annotator["yours"]) == (1, 0, 1)
    assert lead["waiting"] == annotator["waiting"] > 0
    assert (lead["cost"], lead["questions"][0]["title"]) == ("0.00", "Intent")
    # What dashboards show, annotators see as little here as there.
    assert not {"cost", "questions", "review"} & set(annotator)


def test_a_day_on_which_nobody_did_anything_is_passed_over(cast: Cast) -> None:
    cast.add("one message")
    yesterday(cast)
    send_digests(cast.project.pk)
    assert not DIGESTS.exists()
    assert find_due_digests() == []


def test_who_chooses_digests_now_is_not_told_of_the_past(cast: Cast) -> None:
    cast.add("one message")
    cast.answer(cast.annotator, "refund")
    yesterday(cast)
    Membership.objects.update(digest=Digest.NEVER)
    set_notices(member(cast, "lead"), digest=Digest.DAILY)
    assert find_due_digests() == []
