"""An answer goes back to who gave it, and nothing settles before it was given again."""

from __future__ import annotations

from functools import partial

import pytest

from annotation.models import (
    Annotation,
    AssignmentState,
    Item,
    Membership,
    Notification,
    NotificationKind,
    ReturnedAnswer,
    ReviewReason,
    Stage,
)
from annotation.workflow.annotating import submit
from annotation.workflow.errors import Conflict, Refused, VersionConflict
from annotation.workflow.people import remove_member
from annotation.workflow.queueing import claim, take_next
from annotation.workflow.returning import return_answer
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.threads import outcomes


def answered(cast: Cast, *, overlap: int = 2) -> tuple[Item, Annotation]:
    """An item in review, and the annotator's answer to it."""
    cast.policy(overlap=overlap)
    cast.project.labelers.update(active=False)
    cast.add("one")
    cast.answer(cast.annotator, "refund")
    item = cast.answer(cast.second, "delivery") if overlap > 1 else Item.objects.get(project=cast.project)
    return item, Annotation.objects.select_related("annotator", "item", "assignment", "project").get(
        item=item, annotator__user=cast.annotator
    )


def test_a_returned_answer_is_asked_for_again_with_the_comment_and_decides_again(cast: Cast) -> None:
    item, answer = answered(cast)
    returned = return_answer(answer, reviewer=cast.reviewer, comment=" Read the end. ", version=item.version)
    item.refresh_from_db()
    assert (item.stage, item.taken, item.slots) == (Stage.HUMAN, 2, 2)
    assert returned.comment == "Read the end."
    told = Notification.objects.get()
    assert (told.kind, told.user, told.returned) == (NotificationKind.RETURNED, cast.annotator, returned)
    # Before anything else, and with what they had answered.
    cast.add("two")
    lease = take_next(cast.as_annotator(cast.annotator))
    assert lease is not None and lease.item_id == item.pk and lease.draft == {"intent": "refund"}
    submit(assignment=lease, answers={"intent": "other"})
    item.refresh_from_db()
    assert (item.stage, item.review_reason) == (Stage.REVIEW, ReviewReason.RETURNED)


def test_nothing_settles_while_an_answer_is_returned(cast: Cast) -> None:
    item, answer = answered(cast, overlap=1)
    assert item.stage == Stage.SETTLED
    return_answer(answer, reviewer=cast.reviewer, comment="Why?", version=item.version)
    item.refresh_from_db()
    assert item.stage in (Stage.NEW, Stage.HUMAN)
    lease = take_next(cast.as_annotator(cast.annotator))
    assert lease is not None
    submit(assignment=lease, answers={"intent": "refund"})
    item.refresh_from_db()
    assert item.stage == Stage.SETTLED


def test_who_has_left_is_asked_nothing_and_the_item_goes_to_the_queue(cast: Cast) -> None:
    item, answer = answered(cast)
    remove_member(Membership.objects.get(project=cast.project, user=cast.annotator), by=cast.lead)
    return_answer(answer, reviewer=cast.reviewer, comment="Hm.", version=item.version)
    item.refresh_from_db()
    assert (item.stage, item.taken) == (Stage.HUMAN, 1)
    assert not Notification.objects.exists()
    assert answer.assignment is not None
    answer.assignment.refresh_from_db()
    assert answer.assignment.state == AssignmentState.EXPIRED
    lease = claim(cast.as_annotator(cast.lead))
    assert lease is not None and lease.item_id == item.pk


def test_what_cannot_be_returned_is_refused_and_nothing_changes(cast: Cast) -> None:
    item, answer = answered(cast)
    back = partial(return_answer, answer, reviewer=cast.reviewer)
    with pytest.raises(Refused, match="Say what"):
        back(comment=" ", version=item.version)
    with pytest.raises(VersionConflict):
        back(comment="Hm.", version=item.version - 1)
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=item.version)
    with pytest.raises(Conflict, match="decided"):
        back(comment="Hm.", version=item.version + 1)
    assert not ReturnedAnswer.objects.exists()
    assert Annotation.objects.current().filter(item=item).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_one_returns_it_and_one_learns_what_changed(cast: Cast) -> None:
    """C5, for returns against decisions."""
    item, answer = answered(cast)
    calls = [
        partial(return_answer, answer, reviewer=cast.reviewer, comment="Hm.", version=item.version),
        partial(resolve, item=item, reviewer=cast.lead, answers={"intent": "other"}, version=item.version),
    ]
    results = outcomes(calls, VersionConflict)
    assert sum(isinstance(result, VersionConflict) for result in results) == 1
    item.refresh_from_db()
    assert (item.stage == Stage.SETTLED) == (not ReturnedAnswer.objects.exists())
