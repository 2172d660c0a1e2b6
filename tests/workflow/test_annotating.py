"""Submit and undo: an acknowledged answer is never lost and never counted twice."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from django.db.models.functions import Now

from annotation.models import Annotation, Assignment, Consensus, Event, Item, Stage, Verb
from annotation.questions import InvalidAnswer
from annotation.workflow.annotating import find_undoable, submit, undo
from annotation.workflow.errors import AssignmentClosed, Conflict, KeyReused
from annotation.workflow.queueing import claim, release_overdue, skip
from annotation.workflow.reviewing import resolve
from tests.cast import Cast
from tests.threads import outcomes, together

REFUND = {"intent": "refund"}
OTHER = {"intent": "other"}


def expire(lease: Assignment) -> None:
    Assignment.objects.filter(pk=lease.pk).update(expires_at=Now() - timedelta(seconds=1))


def test_an_answer_is_recorded_with_all_that_belongs_to_it(cast: Cast) -> None:
    cast.add("1")
    lease = cast.claim(cast.annotator)
    annotation, new = submit(assignment=lease, answers=REFUND, seconds=2.5, idempotency_key="k", suggestion_seen=True)
    assert new
    annotation.refresh_from_db()
    assert (annotation.answers, annotation.seconds, annotation.suggestion_seen) == (REFUND, 2.5, True)
    assert annotation.schema_version == cast.project.schema_version
    lease.refresh_from_db()
    assert lease.state == "answered"
    assert lease.closed_at is not None
    assert Item.objects.get(pk=lease.item_id).stage == Stage.SETTLED
    assert Consensus.objects.get(item=lease.item_id).value == "refund"
    assert Event.objects.filter(item_id=lease.item_id, verb=Verb.ANSWERED, user=cast.annotator).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_ten_times_in_parallel_is_one_annotation_and_one_response(cast: Cast) -> None:
    """C2."""
    cast.add("1")
    lease = cast.claim(cast.annotator)
    again = partial(submit, answers=REFUND, idempotency_key="k")
    answers = together([lambda: again(assignment=Assignment.objects.get(pk=lease.pk))] * 10)
    assert len({annotation.pk for annotation, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1
    assert Annotation.objects.filter(item=lease.item_id).count() == 1
    assert Event.objects.filter(item_id=lease.item_id, verb=Verb.ANSWERED).count() == 1
    item = Item.objects.get(pk=lease.item_id)
    assert (item.version, item.taken) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_with_different_answers_make_one_annotation_and_one_refusal(cast: Cast) -> None:
    cast.add("1")
    lease = cast.claim(cast.annotator)
    calls = [
        lambda: submit(assignment=Assignment.objects.get(pk=lease.pk), answers=REFUND, idempotency_key="a"),
        lambda: submit(assignment=Assignment.objects.get(pk=lease.pk), answers=OTHER, idempotency_key="b"),
    ]
    results = outcomes(calls, AssignmentClosed)
    assert sum(isinstance(result, AssignmentClosed) for result in results) == 1
    assert Annotation.objects.filter(item=lease.item_id).count() == 1


def test_a_key_belongs_to_one_answer(cast: Cast) -> None:
    cast.add("1", "2")
    first, second = cast.claim(cast.annotator), cast.claim(cast.annotator)
    submit(assignment=first, answers=REFUND, idempotency_key="k")
    for assignment, answers in ((first, OTHER), (second, REFUND)):
        with pytest.raises(KeyReused):
            submit(assignment=assignment, answers=answers, idempotency_key="k")
    second.refresh_from_db()
    assert second.state == "open"


def test_a_key_is_its_annotators_own(cast: Cast) -> None:
    cast.add("1", "2")
    for user in (cast.annotator, cast.second):
        _, new = submit(assignment=cast.claim(user), answers=REFUND, idempotency_key="k")
        assert new


@pytest.mark.parametrize("answers", [None, {}, {"intent": "unheard"}, {"intent": "refund", "x": 1}])
def test_an_answer_that_does_not_fit_changes_nothing(cast: Cast, answers: object) -> None:
    cast.add("1")
    lease = cast.claim(cast.annotator)
    with pytest.raises(InvalidAnswer):
        submit(assignment=lease, answers=answers)
    lease.refresh_from_db()
    assert lease.state == "open"
    assert not Annotation.objects.exists()


def test_an_answer_after_the_lease_went_to_somebody_else_is_refused_and_kept_as_draft(cast: Cast) -> None:
    """C3."""
    cast.add("1")
    lease = cast.claim(cast.annotator)
    expire(lease)
    release_overdue()
    cast.claim(cast.second)
    with pytest.raises(AssignmentClosed):
        submit(assignment=lease, answers=REFUND, idempotency_key="k")
    lease.refresh_from_db()
    assert (lease.state, lease.draft) == ("expired", REFUND)
    assert not Annotation.objects.exists()
    assert Item.objects.get(pk=lease.item_id).taken == 1


def test_a_late_answer_counts_while_its_slot_was_not_given_away(cast: Cast) -> None:
    cast.add("1", "2")
    swept, unswept = cast.claim(cast.annotator), cast.claim(cast.annotator)
    expire(swept)
    release_overdue()
    expire(unswept)
    for lease in (swept, unswept):
        submit(assignment=lease, answers=REFUND)
        item = Item.objects.get(pk=lease.item_id)
        assert (item.taken, item.stage) == (1, Stage.SETTLED)
    assert claim(cast.as_annotator(cast.second)) is None


def test_an_old_tab_cannot_answer_beside_a_newer_lease_on_the_same_item(cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("1")
    old = cast.claim(cast.annotator)
    expire(old)
    release_overdue()
    new = cast.claim(cast.annotator)
    assert new.item_id == old.item_id
    with pytest.raises(AssignmentClosed):
        submit(assignment=old, answers=REFUND)
    assert submit(assignment=new, answers=REFUND)[1]
    assert Item.objects.get(pk=new.item_id).taken == 1


@pytest.mark.parametrize("close", [skip, lambda lease: submit(assignment=lease, answers=REFUND)])
def test_a_lease_is_used_once(cast: Cast, close: object) -> None:
    cast.add("1")
    lease = cast.claim(cast.annotator)
    close(lease)  # type: ignore[operator]
    with pytest.raises(AssignmentClosed):
        submit(assignment=lease, answers=OTHER)
    with pytest.raises(AssignmentClosed):
        skip(lease)


def test_undo_leases_the_item_to_the_same_person_with_the_answer_as_draft(cast: Cast) -> None:
    cast.add("1")
    item = cast.answer(cast.annotator, "refund")
    latest = find_undoable(cast.as_annotator(cast.annotator).pk)
    assert latest is not None
    lease = undo(latest)
    item.refresh_from_db()
    assert (lease.state, lease.draft, item.stage, item.taken) == ("open", REFUND, Stage.NEW, 1)
    assert not Consensus.objects.filter(item=item).exists()
    assert claim(cast.as_annotator(cast.second)) is None
    submit(assignment=lease, answers=OTHER)
    assert Consensus.objects.get(item=item).value == "other"
    kept = [(each.answers, each.superseded_at is None) for each in Annotation.objects.filter(item=item)]
    assert kept == [(REFUND, False), (OTHER, True)]


@pytest.mark.django_db(transaction=True)
def test_undo_clicked_ten_times_withdraws_once(cast: Cast) -> None:
    cast.add("1")
    item = cast.answer(cast.annotator, "refund")
    pk = cast.as_annotator(cast.annotator).pk
    latest = find_undoable(pk)
    assert latest is not None
    results = outcomes([partial(undo, latest)] * 10, Conflict)
    assert sum(isinstance(result, Assignment) for result in results) == 1
    assert Event.objects.filter(item=item, verb=Verb.WITHDRAWN).count() == 1
    assert find_undoable(pk) is None


def test_what_a_reviewer_decided_cannot_be_taken_back(cast: Cast) -> None:
    cast.add("1")
    item = cast.answer(cast.annotator, "refund")
    latest = find_undoable(cast.as_annotator(cast.annotator).pk)
    assert latest is not None
    resolve(item=item, reviewer=cast.reviewer, answers=OTHER, version=item.version)
    assert find_undoable(cast.as_annotator(cast.annotator).pk) is None
    with pytest.raises(Conflict):
        undo(latest)
    assert Consensus.objects.get(item=item).value == "other"


def test_a_taken_back_answer_does_not_come_back_with_its_key(cast: Cast) -> None:
    cast.add("1")
    lease = cast.claim(cast.annotator)
    annotation, _ = submit(assignment=lease, answers=REFUND, idempotency_key="k")
    undo(annotation)
    with pytest.raises(KeyReused):
        submit(assignment=lease, answers=REFUND, idempotency_key="k")
