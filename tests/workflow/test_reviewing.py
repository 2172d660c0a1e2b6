"""A reviewer decides, on what they saw."""

from __future__ import annotations

from functools import partial

import pytest

from annotation.models import Consensus, Event, Item, Resolution, Stage, Verb
from annotation.questions import InvalidAnswer
from annotation.workflow.annotating import submit
from annotation.workflow.errors import VersionConflict
from annotation.workflow.reviewing import resolve
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
