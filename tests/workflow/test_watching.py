"""What nobody did is noticed once: an empty queue, agreement that fell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Annotation, ImportJob, Item, JobState, Notification, NotificationKind, Watch
from annotation.workflow import watching
from annotation.workflow.watching import find_unwatched_agreement, watch_agreement, watch_queues
from tests.cast import OPTIONS, Cast


def told(kind: NotificationKind) -> list[str]:
    return sorted(Notification.objects.filter(kind=kind).values_list("user__username", flat=True))


def test_leads_are_told_once_each_time_that_nothing_is_left_to_answer(cast: Cast) -> None:
    watch_queues()
    watch_queues()
    assert told(NotificationKind.QUEUE_EMPTY) == []
    for time in (1, 2):
        cast.add(f"message {time}")
        watch_queues()
        cast.answer(cast.annotator, "refund")
        if Item.objects.filter(project=cast.project).open().exists():
            cast.answer(cast.second, "refund")
        job = ImportJob.objects.create(project=cast.project, state=JobState.RUNNING, mapping={"text": "text"})
        ImportJob.objects.create(project=cast.project)
        watch_queues()
        assert len(told(NotificationKind.QUEUE_EMPTY)) == time - 1
        job.delete()
        for _ in range(5):
            watch_queues()
        assert told(NotificationKind.QUEUE_EMPTY) == ["lead"] * time


def answered(cast: Cast, texts: range, *, agreed: bool) -> None:
    """Two people's answers to so many items."""
    items = cast.add(*(f"message {number}" for number in texts))
    Annotation.objects.bulk_create(
        Annotation(
            project=cast.project,
            item=item,
            annotator=cast.as_annotator(user),
            answers={"intent": OPTIONS[(number + (0 if agreed else place)) % len(OPTIONS)]},
            schema_version=cast.project.schema_version,
        )
        for number, item in enumerate(items)
        for place, user in enumerate((cast.annotator, cast.second))
    )


def test_agreement_that_fell_is_told_once_and_a_steady_one_never(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "WINDOW", 12)
    monkeypatch.setattr(watching, "LEAST", 12)
    watch_queues()
    answered(cast, range(24), agreed=True)
    assert sorted(find_unwatched_agreement()) == sorted([cast.foreign.project.pk, cast.project.pk])
    watch_agreement(cast.project.pk)
    assert told(NotificationKind.AGREEMENT_FELL) == []
    # Once a day is enough.
    assert find_unwatched_agreement() == [cast.foreign.project.pk]
    answered(cast, range(24, 36), agreed=False)
    for days in (1, 2):
        Watch.objects.update(agreement_on=timezone.now().date() - timedelta(days=days))
        for _ in range(2):
            watch_agreement(cast.project.pk)
    [notification] = Notification.objects.filter(kind=NotificationKind.AGREEMENT_FELL)
    assert notification.user == cast.lead
    assert notification.data["question"] == "intent"
    assert notification.data["now"]["alpha"] < 0 < 0.9 < notification.data["before"]["alpha"]
