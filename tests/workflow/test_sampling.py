"""A share of what people settle is looked at, once, and what is found moves whose share it was."""

from __future__ import annotations

import pytest

from annotation.models import Annotation, Annotator, Item, ReviewedAnswer, ReviewReason, Stage
from annotation.reports.review_record import review_record_of
from annotation.workflow.returning import return_answer
from annotation.workflow.reviewing import resolve, take_back
from tests.cast import Cast


def sampled(cast: Cast) -> Item:
    cast.policy(review_share=1.0)
    cast.add("one")
    item = cast.answer(cast.annotator, "refund")
    item.project = cast.project
    return item


def factor(cast: Cast) -> float:
    return Annotator.objects.get(project=cast.project, user=cast.annotator).review_factor


def test_a_drawn_item_waits_for_a_reviewer_and_is_drawn_once(cast: Cast) -> None:
    item = sampled(cast)
    assert (item.stage, item.review_reason, item.sampled) == (Stage.REVIEW, ReviewReason.SAMPLED, True)
    decided = resolve(item=item, reviewer=cast.reviewer, answers={"intent": "refund"}, version=item.version)
    item.refresh_from_db()
    assert (item.stage, item.review_reason) == (Stage.SETTLED, "")
    assert ReviewedAnswer.objects.get().accepted
    # Taken back, it is where it was, and nothing was found of anybody.
    take_back(decided, by=cast.reviewer, version=item.version)
    item.refresh_from_db()
    assert (item.stage, item.review_reason) == (Stage.REVIEW, ReviewReason.SAMPLED)
    assert not ReviewedAnswer.objects.exists()


def test_without_a_share_nothing_is_drawn_and_what_settled_before_stays_settled(cast: Cast) -> None:
    cast.add("one")
    item = cast.answer(cast.annotator, "refund")
    assert (item.stage, item.sampled) == (Stage.SETTLED, None)
    cast.policy(review_share=1.0)
    assert Item.objects.get(pk=item.pk).stage == Stage.SETTLED


def test_whose_answers_are_changed_is_looked_at_more_often_and_not_by_disputes(cast: Cast) -> None:
    cast.policy(review_share=0.2)
    cast.add(*(f"message {number}" for number in range(60)))
    for _ in range(60):
        cast.answer(cast.annotator, "refund")
    drawn = list(Item.objects.filter(sampled=True).order_by("pk"))
    assert 4 <= len(drawn) <= 22
    assert set(Item.objects.exclude(sampled=True).values_list("stage", flat=True)) == {Stage.SETTLED}
    for item in drawn[:4]:
        resolve(item=item, reviewer=cast.reviewer, answers={"intent": "other"}, version=item.version)
    assert factor(cast) > 2
    record = review_record_of(cast.project, cast.as_annotator(cast.annotator))
    assert (record.reviewed, record.accepted, record.rate) == (4, 0, pytest.approx(0.2 * factor(cast)))
    # Decided without having been drawn: says nothing.
    other = Item.objects.exclude(sampled=True).first()
    assert other is not None
    resolve(item=other, reviewer=cast.reviewer, answers={"intent": "other"}, version=other.version)
    assert ReviewedAnswer.objects.count() == 4


def test_a_returned_sample_counts_against_the_answer(cast: Cast) -> None:
    item = sampled(cast)
    answer = Annotation.objects.get(item=item)
    return_answer(answer, reviewer=cast.reviewer, comment="Look again.", version=item.version)
    assert [row.accepted for row in ReviewedAnswer.objects.all()] == [False]
