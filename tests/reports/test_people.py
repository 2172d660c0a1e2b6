"""One person's figures against what they really did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from annotation.models import Annotation, Assignment, Flag, Membership
from annotation.reports.gold import missed
from annotation.reports.people import DAYS, answers_of, member_rows, work_of
from annotation.workflow.annotating import submit, undo
from annotation.workflow.queueing import skip
from tests.cast import Cast


@pytest.fixture
def worked(cast: Cast) -> Cast:
    """Four items that two people answer: they agree on three; one of the four has a known answer, =refund."""
    cast.policy(overlap=2, min_human=2)
    cast.add("a", "b", "c", external_id="=1+1")
    cast.add("d", gold={"intent": "refund"})
    for seconds, mine, other in ((1.0, "refund", "refund"), (2.0, "other", "other"), (9.0, "other", "other")):
        submit(assignment=cast.claim(cast.annotator), answers={"intent": mine}, seconds=seconds)
        submit(assignment=cast.claim(cast.second), answers={"intent": other}, seconds=50)
    submit(assignment=cast.claim(cast.annotator), answers={"intent": "delivery"}, seconds=4.0)
    submit(assignment=cast.claim(cast.second), answers={"intent": "refund"})
    return cast


def test_figures_are_of_this_person_alone(worked: Cast) -> None:
    worked.add("e", "f")
    skip(worked.claim(worked.annotator))
    undo(Annotation.objects.filter(annotator__name="annotator").latest("pk"))
    Flag.objects.create(project=worked.project, item=worked.add("g")[0], user=worked.annotator, reason="odd")
    submit(assignment=Assignment.objects.get(state="open"), answers={"intent": "delivery"}, seconds=3.0)
    work = work_of(worked.project, worked.as_annotator(worked.annotator))
    assert (work.answers, work.seconds, work.skipped, work.flagged, work.revised) == (4, 2.5, 1, 1, 1)
    assert [(each.answers, each.seconds) for each in work.days if each.answers] == [(4, 2.5)]
    assert len(work.days) == DAYS
    assert (work.checked.right, work.checked.checked) == (0, 1)
    low, high = work.checked.interval
    assert (round(low, 2), round(high, 2)) == (0.0, 0.79)
    [agreed] = work.agreed
    assert (agreed.settled, agreed.with_settled) == (3, 1.0)
    assert (agreed.others.items, agreed.others.raw) == (4, 0.75)
    assert len(work.recent) == 4


def test_days_are_days_of_utc_and_no_older_than_the_page_says(worked: Cast) -> None:
    first, *others = Annotation.objects.filter(annotator__name="annotator").order_by("pk").values_list("pk", flat=True)
    midnight = datetime.combine(timezone.now().date(), datetime.min.time(), UTC)
    Annotation.objects.filter(pk__in=others).update(created_at=midnight - timedelta(seconds=1))
    Annotation.objects.filter(pk=first).update(created_at=midnight - timedelta(days=DAYS))
    work = work_of(worked.project, worked.as_annotator(worked.annotator))
    assert [day.answers for day in work.days[-2:]] == [3, 0]
    assert sum(day.answers for day in work.days) == 3


def test_the_list_of_members_counts_each_ones_own(worked: Cast) -> None:
    members = list(Membership.objects.filter(project=worked.project).select_related("user"))
    rows = {row.membership.user.username: row for row in member_rows(worked.project, members)}
    assert {name: row.answers for name, row in rows.items()} == {"lead": 0, "reviewer": 0, "annotator": 4, "second": 4}
    assert {name: (row.checked.right, row.checked.checked) for name, row in rows.items() if row.checked.checked} == {
        "annotator": (0, 1),
        "second": (1, 1),
    }


def test_only_a_leads_table_says_which_items_were_checks(worked: Cast) -> None:
    annotator = worked.as_annotator(worked.annotator)
    head, newest, *_ = answers_of(worked.project, annotator, checks=True)
    assert dict(zip(head, newest, strict=True)) | {"item": "", "answered_at": ""} == {
        "item": "", "external_id": "", "answered_at": "", "seconds": "4.0", "suggestion_seen": "false",
        "intent": "delivery", "check": "wrong",
    }  # fmt: skip
    assert "check" not in next(answers_of(worked.project, annotator, checks=False))


def test_what_was_missed_is_named_and_nothing_else(cast: Cast) -> None:
    [item] = cast.add("d", gold={"intent": "refund"})
    assert missed(cast.project, item, {"intent": "other"}) == {"intent": "refund"}
    assert missed(cast.project, item, {}) == {"intent": "refund"}
    assert missed(cast.project, item, {"intent": "refund"}) == {}
