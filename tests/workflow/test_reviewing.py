"""A reviewer decides, on what they saw."""

from __future__ import annotations

from functools import partial

import pytest

from annotation.models import Consensus, Event, Flag, Item, Notification, Resolution, ReviewReason, Stage, Verb
from annotation.questions import InvalidAnswer
from annotation.workflow.annotating import submit
from annotation.workflow.assembling import assemble, shape_of
from annotation.workflow.errors import Conflict, Refused, VersionConflict
from annotation.workflow.flagging import flag
from annotation.workflow.reshaping import change_questions, reshape_answers, undo_change
from annotation.workflow.reviewing import resolve, take_back
from tests.cast import Cast
from tests.threads import outcomes


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_who_saw_the_same_the_second_learns_what_changed(cast: Cast) -> None:
    """C5."""
    (item,) = cast.add("1")
    decide = partial(resolve, item=item, version=0, comment="clear")
    calls = [
        partial(decide, reviewer=cast.reviewer, answers={"intent": "refund"}),
        partial(decide, reviewer=cast.lead, answers={"intent": "other"}),
    ]
    results = outcomes(calls, VersionConflict)
    (won,) = [result for result in results if isinstance(result, Resolution)]
    (lost,) = [result for result in results if isinstance(result, VersionConflict)]
    assert lost.current["resolved_by"] == won.reviewer.username  # type: ignore[union-attr]
    assert lost.current["answers"] == won.answers
    assert lost.current["version"] == 1
    assert lost.current["comment"] == "clear"
    assert Consensus.objects.get(item=item).value == won.answers["intent"]
    assert Event.objects.filter(item=item, verb=Verb.RESOLVED).count() == 1


def test_an_answer_given_meanwhile_is_a_conflict_too(cast: Cast) -> None:
    (item,) = cast.add("1")
    cast.answer(cast.annotator, "refund")
    with pytest.raises(VersionConflict) as caught:
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=0)
    assert caught.value.current["answers"] == {"intent": "refund"}
    assert not Resolution.objects.exists()


def test_a_conflict_names_nobody_for_a_decision_that_the_reviewer_had_seen(cast: Cast) -> None:
    """Decided, seen by the next reviewer, and then an answer comes in."""
    (item,) = cast.add("1")
    lease = cast.claim(cast.annotator)
    resolve(item=item, reviewer=cast.lead, answers={"intent": "refund"}, version=0)
    submit(assignment=lease, answers={"intent": "other"})
    with pytest.raises(VersionConflict) as caught:
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=1)
    assert caught.value.current["resolved_by"] is None
    with pytest.raises(VersionConflict) as caught:
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=0)
    assert caught.value.current["resolved_by"] == "lead"


def test_a_decision_can_be_revised_by_who_saw_it_and_both_are_kept(cast: Cast) -> None:
    (item,) = cast.add("1")
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "refund"}, version=0)
    resolve(item=item, reviewer=cast.lead, answers={"intent": "other"}, version=1, comment="on second thought\0")
    assert Consensus.objects.get(item=item).value == "other"
    assert Item.objects.get(pk=item.pk).stage == Stage.SETTLED
    assert list(Resolution.objects.order_by("pk").values_list("version", "comment")) == [
        (0, ""),
        (1, "on second thought"),
    ]


def test_a_decision_that_does_not_answer_the_questions_is_refused(cast: Cast) -> None:
    (item,) = cast.add("1")
    with pytest.raises(InvalidAnswer):
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "unheard"}, version=0)
    assert Item.objects.get(pk=item.pk).version == 0


def dispute(cast: Cast, *votes: str) -> Item:
    """An item on which these two people's votes differ."""
    cast.policy(overlap=2)
    cast.project.labelers.update(active=False)
    cast.add("Where is my money?")
    cast.answer(cast.annotator, votes[0])
    item = cast.answer(cast.second, votes[1])
    item.project = cast.project
    assert (item.stage, item.review_reason) == (Stage.REVIEW, ReviewReason.DISPUTED)
    return item


def test_what_is_ambiguous_is_settled_with_the_shares_of_its_votes_and_exported_so(cast: Cast) -> None:
    item = dispute(cast, "refund", "delivery")
    resolve(item=item, reviewer=cast.reviewer, answers={}, version=item.version, ambiguous=True)
    row = Consensus.objects.get(item=item)
    assert (row.method, row.decided_by, row.posterior) == ("ambiguous", "reviewer", 0.5)
    assert {key: share for key, share in row.distribution.items() if share} == {"refund": 0.5, "delivery": 0.5}
    item.refresh_from_db()
    assert (item.stage, item.review_reason, item.sureness) == (Stage.SETTLED, "", 0.5)
    [[assembled]] = assemble(cast.project, Item.objects.filter(pk=item.pk))
    record = assembled.record
    assert record["labels"]["intent"]["distribution"]["delivery"] == 0.5
    assert shape_of(cast.project).soft == ("intent",)
    # Nobody was overruled: nobody can tell.
    assert not Notification.objects.exists()


def test_a_reviewer_may_say_the_shares_and_they_have_to_fit(cast: Cast) -> None:
    [item] = cast.add("1")
    decide = partial(resolve, item=item, reviewer=cast.reviewer, answers={}, version=0)
    with pytest.raises(Refused, match="Nobody has voted"):
        decide(ambiguous=True)
    with pytest.raises(InvalidAnswer, match="sum to"):
        decide(ambiguous=True, distribution={"intent": {"refund": 0.5, "other": 0.2}})
    with pytest.raises(InvalidAnswer, match="no such question"):
        decide(ambiguous=True, distribution={"mood": {"refund": 1}})
    with pytest.raises(Refused, match="ambiguous"):
        decide(answers={"intent": "refund"}, distribution={"intent": {"refund": 1}})
    decide(ambiguous=True, distribution={"intent": {"refund": 0.25, "other": 0.75}})
    row = Consensus.objects.get(item=item)
    assert (row.value, row.posterior, row.distribution) == ("other", 0.75, {"refund": 0.25, "other": 0.75})


def test_votes_are_merged_by_the_rule_that_the_reviewer_names_and_the_decision_says_so(cast: Cast) -> None:
    item = dispute(cast, "refund", "delivery")
    merge = partial(resolve, item=item, reviewer=cast.reviewer, answers={}, version=item.version)
    with pytest.raises(InvalidAnswer, match="name of a question"):
        merge(merge={"mood": "majority"})
    with pytest.raises(InvalidAnswer, match="majority"):
        merge(merge={"intent": "majority"})
    item.annotations.update(answers={"intent": "other"})
    decided = merge(merge={"intent": "majority"})
    assert (decided.answers, decided.merge) == ({"intent": "other"}, {"intent": "majority"})


def test_a_decision_is_taken_back_once_and_the_item_stands_where_it_stood(cast: Cast) -> None:
    item = dispute(cast, "refund", "delivery")
    version = item.version
    first = resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=version)
    second = resolve(item=item, reviewer=cast.lead, answers={"intent": "refund"}, version=version + 1)
    with pytest.raises(Conflict, match="another one came after"):
        take_back(first, by=cast.reviewer, version=version + 2)
    with pytest.raises(VersionConflict):
        take_back(second, by=cast.lead, version=version + 1)
    assert take_back(second, by=cast.lead, version=version + 2).stage == Stage.SETTLED
    assert Consensus.objects.get(item=item).value == "other"
    moved = take_back(first, by=cast.reviewer, version=version + 3)
    assert (moved.stage, moved.review_reason) == (Stage.REVIEW, ReviewReason.DISPUTED)
    with pytest.raises(Conflict):
        take_back(first, by=cast.reviewer, version=version + 4)
    told = Event.objects.filter(item=item, verb=Verb.UNRESOLVED).order_by("pk")
    assert [event.data["answers"]["intent"] for event in told] == ["refund", "other"]


def test_a_decision_sees_to_the_flags_where_the_reviewer_says_so(cast: Cast) -> None:
    [item] = cast.add("1")
    flag(item, user=cast.annotator, reason="Broken")
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=0)
    assert Flag.objects.open().exists()
    resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=1, clear_flags=True)
    assert not Flag.objects.open().exists()


def test_the_shares_of_what_is_ambiguous_follow_its_question_and_come_back(cast: Cast) -> None:
    item = dispute(cast, "refund", "delivery")
    decided = resolve(item=item, reviewer=cast.reviewer, answers={}, version=item.version, ambiguous=True)
    renamed = [{"was": "delivery", "value": "parcel"}, *({"was": each, "value": each} for each in ("refund", "other"))]
    asked = {"kind": "edit_options", "question": "intent", "options": renamed}
    made = change_questions(cast.project, asked, user=cast.lead)
    reshape_answers(made.pk)
    decided.refresh_from_db()
    assert decided.distribution["intent"]["parcel"] == 0.5
    assert Consensus.objects.get(item=item).distribution["parcel"] == 0.5
    reshape_answers(undo_change(made, user=cast.lead).pk)
    decided.refresh_from_db()
    assert decided.ambiguous and decided.distribution["intent"]["delivery"] == 0.5
