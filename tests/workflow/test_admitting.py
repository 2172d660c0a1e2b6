"""On which terms people work: paused, capped, assigned only; and how much their answers count."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Annotation, Annotator, Assignment, Consensus, Event, Item, Membership, Stage, User, Verb
from annotation.workflow import reweighing
from annotation.workflow.admitting import Hold, standing_of
from annotation.workflow.annotating import submit
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.people import Terms, change_terms, remove_member
from annotation.workflow.queueing import claim, find_open, release_overdue
from annotation.workflow.reweighing import find_reweighing, reweigh
from tests.cast import Cast


def change(cast: Cast, user: User, **terms: object) -> Membership:
    member = Membership.objects.get(project=cast.project, user=user)
    return change_terms(member, Terms(**{"role": member.role, **terms}), by=cast.lead)  # type: ignore[arg-type]


def test_who_is_paused_is_given_nothing_and_what_they_held_goes_to_others(cast: Cast) -> None:
    cast.add("one", "two")
    held = cast.claim(cast.annotator)
    change(cast, cast.annotator, paused=True)
    annotator = cast.as_annotator(cast.annotator)
    assert (claim(annotator), find_open(annotator), standing_of(annotator).hold) == (None, None, Hold.PAUSED)
    # Nobody has taken it yet: what they send still is not lost.
    submit(assignment=held, answers={"intent": "refund"})
    change(cast, cast.annotator, paused=False)
    assert claim(annotator) is not None


def test_what_was_assigned_for_long_waits_for_who_is_paused(cast: Cast) -> None:
    cast.add("one")
    lease = cast.claim(cast.annotator)
    Assignment.objects.filter(pk=lease.pk).update(expires_at=timezone.now() + timedelta(days=7))
    change(cast, cast.annotator, paused=True)
    assert release_overdue() == 0
    assert find_open(cast.as_annotator(cast.annotator)) is None
    change(cast, cast.annotator, paused=False)
    assert find_open(cast.as_annotator(cast.annotator)) == lease


def test_a_day_has_as_many_answers_as_the_cap_and_what_is_held_counts(cast: Cast) -> None:
    cast.add(*"abcdef")
    change(cast, cast.annotator, daily_cap=3)
    annotator = cast.as_annotator(cast.annotator)
    cast.answer(cast.annotator, "refund")
    cast.claim(cast.annotator)
    cast.answer(cast.annotator, "refund")
    assert (claim(annotator), standing_of(annotator).hold) == (None, Hold.CAPPED)
    Annotation.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert claim(annotator) is not None
    # Others are not concerned.
    assert claim(cast.as_annotator(cast.second)) is not None


def test_who_works_on_assigned_items_only_gets_those_and_no_others(cast: Cast) -> None:
    cast.add("one", "two")
    lease = cast.claim(cast.annotator)
    change(cast, cast.annotator, assigned_only=True)
    annotator = cast.as_annotator(cast.annotator)
    assert (claim(annotator), find_open(annotator)) == (None, lease)


@pytest.mark.parametrize(
    ("terms", "field"),
    [({"role": "owner"}, "role"), ({"weight": -1}, "weight"), ({"weight": 10.5}, "weight"),
     ({"weight": float("nan")}, "weight"), ({"daily_cap": 0}, "daily_cap"), ({"daily_cap": 10_001}, "daily_cap")],
)  # fmt: skip
def test_terms_that_cannot_be_are_refused_at_their_field(cast: Cast, terms: dict[str, object], field: str) -> None:
    before = Membership.objects.order_by("pk").values_list()
    kept = list(before)
    with pytest.raises(Refused) as refused:
        change(cast, cast.annotator, **terms)
    assert refused.value.field == field
    assert list(before.all()) == kept


def test_terms_are_in_the_log_and_the_last_manager_stays_one(cast: Cast) -> None:
    change(cast, cast.annotator, paused=True, daily_cap=5)
    change(cast, cast.annotator, paused=True, daily_cap=5)
    told = Event.objects.get(project=cast.project, verb=Verb.MEMBER_CHANGED)
    assert told.data == {"member": "annotator", "paused": [False, True], "daily_cap": [None, 5]}
    with pytest.raises(Conflict):
        change(cast, cast.lead, role="annotator")


def vote(cast: Cast, user: User, intent: str) -> Item:
    return cast.answer(user, intent)


def outcome(item: Item) -> tuple[str, str, float]:
    item = Item.objects.get(pk=item.pk)
    found = Consensus.objects.filter(item=item).first()
    return (item.stage, found.value if found else "", round(found.posterior, 2) if found else 0.0)


def reweigh_all() -> int:
    rounds = 0
    for pk in find_reweighing():
        rounds += 1
        while reweigh(pk):
            rounds += 1
    return rounds


def test_a_weight_counts_in_the_next_answers_and_in_those_that_were_given(cast: Cast) -> None:
    cast.policy(overlap=2, min_human=2, accept_threshold=0.7)
    cast.add("one")
    item = vote(cast, cast.annotator, "refund")
    vote(cast, cast.second, "delivery")
    assert outcome(item)[0] == Stage.DISPUTED
    change(cast, cast.annotator, weight=3)
    assert reweigh_all() == 1
    assert outcome(item) == (Stage.SETTLED, "refund", 0.75)
    cast.add("two")
    later = vote(cast, cast.second, "other")
    vote(cast, cast.annotator, "delivery")
    assert outcome(later) == (Stage.SETTLED, "delivery", 0.75)


def test_an_answer_of_weight_0_is_kept_and_settles_nothing_even_beside_a_model(cast: Cast) -> None:
    said = [
        {
            "annotator": "Robot",
            "answers": {"intent": "refund"},
            "distribution": {"intent": {"refund": 0.99, "other": 0.01}},
        }
    ]
    change(cast, cast.annotator, weight=0)
    cast.add("one", annotations=said)
    item = vote(cast, cast.annotator, "refund")
    assert outcome(item)[0] == Stage.REVIEW
    assert Annotation.objects.human().get(item=item).answers == {"intent": "refund"}
    change(cast, cast.annotator, weight=1)
    reweigh_all()
    assert outcome(item)[:2] == (Stage.SETTLED, "refund")


def test_the_weight_of_somebody_who_was_removed_stays(cast: Cast) -> None:
    cast.add("one")
    item = vote(cast, cast.annotator, "refund")
    member = change(cast, cast.annotator, weight=0)
    reweigh_all()
    remove_member(member, by=cast.lead)
    assert Annotator.objects.get(user=cast.annotator, project=cast.project).weight == 0
    assert outcome(item)[0] == Stage.REVIEW


def test_a_new_weight_reaches_every_item_in_batches_that_may_be_interrupted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reweighing, "BATCH", 2)
    cast.add(*"abcde")
    for _ in range(5):
        vote(cast, cast.annotator, "refund")
    change(cast, cast.annotator, weight=0)
    [pk] = find_reweighing()
    assert reweigh(pk)
    assert Item.objects.filter(stage=Stage.REVIEW).count() == 2
    assert find_reweighing() == [pk]
    while reweigh(pk):
        pass
    assert Item.objects.filter(stage=Stage.REVIEW).count() == 5
    assert (find_reweighing(), reweigh(pk)) == ([], False)
