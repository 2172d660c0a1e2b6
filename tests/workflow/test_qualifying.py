"""A newcomer's round: only known items until it is passed, and what a lead may do about it."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Event, Item, Membership, Purpose, Qualification, Stage, Verb
from annotation.reports import suggestions_for
from annotation.workflow.admitting import Due, Hold, standing_of
from annotation.workflow.annotating import submit, undo
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.qualifying import find_newest, retry, waive
from annotation.workflow.queueing import claim, claim_ahead, skip
from tests.cast import Cast

ANSWERS = [{"annotator": "Robot", "answers": {"intent": "refund"}}]


@pytest.fixture
def asked(cast: Cast) -> Cast:
    """A project that asks three known items, two of them right; seven are known, and two are work."""
    known = cast.add(*(f"known {number}" for number in range(7)), gold={"intent": "refund"})
    Item.objects.filter(pk__in=[item.pk for item in known]).update(stage=Stage.SETTLED)
    cast.add("work", "more work")
    cast.policy(qualification_items=3, qualification_mark=0.66)
    return cast


def answer(cast: Cast, *intents: str) -> None:
    for intent in intents:
        cast.answer(cast.annotator, intent)


def state(cast: Cast) -> tuple[str, int, int]:
    newest = find_newest(cast.as_annotator(cast.annotator))
    assert newest is not None
    return newest.state, newest.answered, newest.right


def member(cast: Cast) -> Membership:
    return Membership.objects.get(project=cast.project, user=cast.annotator)


def test_until_it_is_passed_only_known_items_are_given_and_then_work(asked: Cast) -> None:
    purposes = [asked.claim(asked.annotator).purpose for _ in range(3)]
    assert purposes == [Purpose.QUALIFICATION] * 3
    # All of the round is held; nothing beyond it is given, ahead or not.
    assert claim(asked.as_annotator(asked.annotator)) is None
    assert claim_ahead(asked.as_annotator(asked.annotator), beside=None) is not None
    for lease in find_newest(asked.as_annotator(asked.annotator)).assignments.all():  # type: ignore[union-attr]
        submit(assignment=lease, answers={"intent": "refund"})
    assert state(asked) == ("passed", 3, 3)
    assert asked.claim(asked.annotator).purpose == Purpose.WORK
    assert not Annotation.objects.votes().filter(item__gold__isnull=False).exists()


def test_below_the_mark_nothing_more_is_given_and_the_log_says_so(asked: Cast) -> None:
    answer(asked, "refund", "other")
    skip(asked.claim(asked.annotator))
    assert state(asked) == ("failed", 3, 1)
    annotator = asked.as_annotator(asked.annotator)
    assert claim(annotator) is None
    assert standing_of(annotator).hold is Hold.FAILED
    told = Event.objects.get(project=asked.project, verb=Verb.QUALIFIED)
    assert (told.data["state"], told.data["right"], told.data["items"]) == ("failed", 1, 3)


def test_an_answer_counts_as_it_stands_until_the_round_is_over(asked: Cast) -> None:
    answer(asked, "other")
    reopened = undo(Annotation.objects.latest("pk"))
    assert state(asked) == ("running", 0, 0)
    submit(assignment=reopened, answers={"intent": "refund"})
    answer(asked, "refund", "other")
    assert state(asked) == ("passed", 3, 2)
    with pytest.raises(Conflict):
        undo(Annotation.objects.latest("pk"))


def test_another_round_has_items_that_were_not_met_and_is_refused_without_them(asked: Cast) -> None:
    answer(asked, "other", "other", "other")
    retry(member(asked), by=asked.lead)
    with pytest.raises(Conflict):
        retry(member(asked), by=asked.lead)
    answer(asked, "other", "other", "other")
    assert state(asked) == ("failed", 3, 0)
    assert Annotation.objects.values("item").distinct().count() == 6
    with pytest.raises(Refused, match=r"needs 3 check items.*there is 1"):
        retry(member(asked), by=asked.lead)
    waive(member(asked), by=asked.lead)
    assert asked.claim(asked.annotator).purpose == Purpose.WORK


def test_a_round_that_is_waived_takes_back_what_is_held_of_it(asked: Cast) -> None:
    held = asked.claim(asked.annotator)
    waive(member(asked), by=asked.lead)
    assert asked.claim(asked.annotator).purpose == Purpose.WORK
    submit(assignment=held, answers={"intent": "other"})
    assert Qualification.objects.get().state == "waived"
    with pytest.raises(Conflict):
        waive(member(asked), by=asked.lead)


def test_reviewers_and_managers_are_not_examined(asked: Cast) -> None:
    for person in (asked.reviewer, asked.lead):
        assert standing_of(asked.as_annotator(person)).due is Due.WORK


def test_without_enough_known_items_nobody_begins(asked: Cast) -> None:
    asked.policy(qualification_items=8)
    annotator = asked.as_annotator(asked.annotator)
    assert claim(annotator) is None
    assert standing_of(annotator).hold is Hold.NO_CHECKS
    assert not Qualification.objects.exists()


def test_nobody_sees_a_suggestion_in_the_round(asked: Cast) -> None:
    asked.add("known with a vote", gold={"intent": "refund"}, annotations=ANSWERS)
    Item.objects.filter(gold__isnull=False).exclude(fields__text="known with a vote").update(gold=None)
    asked.policy(qualification_items=1)
    lease = asked.claim(asked.annotator)
    assert lease.item.fields["text"] == "known with a vote"
    assert suggestions_for(lease) == []
