"""Hidden checks beside the work: at their rate, without a slot, without a vote, and never seen before the answer."""

from __future__ import annotations

from itertools import pairwise

import pytest

from annotation.models import Annotation, Assignment, Consensus, Item, Purpose, Stage, User
from annotation.reports.gold import checked_by
from annotation.workflow.annotating import submit, undo
from annotation.workflow.errors import Conflict
from annotation.workflow.queueing import claim, release_overdue, renew, skip
from tests.cast import Cast

REFUND = {"intent": "refund"}


def gold_apart(cast: Cast, count: int) -> list[Item]:
    """Items with a known answer that nobody is given as work: the lead has decided them."""
    items = cast.add(*(f"gold {number}" for number in range(count)), gold=REFUND)
    Item.objects.filter(pk__in=[item.pk for item in items]).update(stage=Stage.SETTLED)
    return items


def answer_all(cast: Cast, user: User, intent: str) -> list[Assignment]:
    leases = []
    while lease := claim(cast.as_annotator(user)):
        submit(assignment=lease, answers={"intent": intent})
        leases.append(lease)
    return leases


def test_checks_come_between_the_work_at_their_rate_and_never_two_in_a_row(cast: Cast) -> None:
    gold_apart(cast, 40)
    cast.add(*(f"work {number}" for number in range(40)))
    cast.policy(gold_rate=0.25)
    given = [lease.purpose for lease in answer_all(cast, cast.annotator, "refund")]
    assert given.count(Purpose.WORK) == 40
    # One third of those that follow work: outside these bounds by chance once in 10^7.
    assert 1 <= given.count(Purpose.CHECK) <= 30
    assert (Purpose.CHECK, Purpose.CHECK) not in list(pairwise(given))


def test_at_the_highest_rate_every_second_item_is_a_check_of_another_item(cast: Cast) -> None:
    gold_apart(cast, 3)
    cast.add(*(f"work {number}" for number in range(5)))
    cast.policy(gold_rate=0.5)
    leases = answer_all(cast, cast.annotator, "refund")
    assert [lease.purpose for lease in leases[:6]] == ["work", "check"] * 3
    assert [lease.purpose for lease in leases[6:]] == ["work"] * 2
    assert len({lease.item_id for lease in leases}) == 8


def test_without_a_rate_nobody_is_given_a_check(cast: Cast) -> None:
    gold_apart(cast, 3)
    cast.add("work")
    assert [lease.purpose for lease in answer_all(cast, cast.annotator, "refund")] == [Purpose.WORK]


@pytest.fixture
def check(cast: Cast) -> Assignment:
    """The annotator's open check; its item is open normal work for others."""
    cast.policy(gold_rate=0.5, overlap=1)
    cast.add("work")
    cast.answer(cast.annotator, "refund")
    cast.add("known", gold=REFUND)
    lease = cast.claim(cast.annotator)
    assert (lease.purpose, lease.item.fields["text"]) == (Purpose.CHECK, "known")
    return lease


def test_a_check_takes_no_slot_and_its_answer_is_no_vote(cast: Cast, check: Assignment) -> None:
    before = Item.objects.filter(pk=check.item_id).values().get()
    submit(assignment=check, answers={"intent": "other"})
    assert Item.objects.filter(pk=check.item_id).values().get() == before
    assert not Consensus.objects.filter(item=check.item).exists()
    assert not Annotation.objects.on_record().filter(item=check.item_id).exists()
    # The slot is still there for somebody else's work.
    assert cast.answer(cast.second, "refund").stage == Stage.SETTLED


def test_a_check_that_is_skipped_or_forgotten_gives_back_no_slot(cast: Cast, check: Assignment) -> None:
    Assignment.objects.filter(pk=check.pk).update(expires_at="2020-01-01T00:00Z")
    assert release_overdue() == 1
    again = cast.claim(cast.annotator)
    assert again.item_id == check.item_id
    skip(again, reason="odd")
    item = Item.objects.get(pk=check.item_id)
    assert (item.taken, item.stage) == (0, Stage.NEW)


def test_a_late_answer_to_a_check_is_welcome(cast: Cast, check: Assignment) -> None:
    Assignment.objects.filter(pk=check.pk).update(expires_at="2020-01-01T00:00Z")
    release_overdue()
    annotation, new = submit(assignment=check, answers=REFUND, idempotency_key="a")
    assert (new, annotation.as_check) == (True, True)
    assert submit(assignment=check, answers=REFUND, idempotency_key="a") == (annotation, False)


def test_a_check_can_be_taken_back_until_its_answer_was_told(cast: Cast, check: Assignment) -> None:
    annotation, _ = submit(assignment=check, answers={"intent": "other"})
    reopened = undo(annotation)
    renew(reopened)
    annotation, _ = submit(assignment=reopened, answers=REFUND)
    answers = Annotation.objects.filter(annotator=check.annotator_id)
    assert checked_by(cast.project, answers)[check.annotator_id].right == 1
    cast.policy(gold_feedback=True)
    with pytest.raises(Conflict):
        undo(Annotation.objects.get(pk=annotation.pk))


def test_nobody_is_asked_twice_what_they_answered_as_work_or_as_a_check(cast: Cast) -> None:
    cast.add("known", "known too", gold=REFUND)
    cast.answer(cast.annotator, "refund")
    cast.policy(gold_rate=0.5)
    cast.add("work", "more work")
    leases = answer_all(cast, cast.annotator, "refund")
    assert sorted(lease.purpose for lease in leases) == ["check", "work", "work"]
