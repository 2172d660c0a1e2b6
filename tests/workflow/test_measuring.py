"""Figures are kept, counted anew when something changed and somebody looks, and never twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import JobState, Measurement
from annotation.models.filters import Filters
from annotation.reports.figures.registry import KINDS
from annotation.workflow import measuring
from annotation.workflow.measuring import (
    find_stalled_measurements,
    forget_measurements,
    is_counted,
    look,
    measure,
    request_due_measurements,
)
from annotation.workflow.projects import change_policy
from tests.cast import Cast

FUNNEL = KINDS["funnel"]


def looked(cast: Cast, **filters: Any) -> Measurement:
    return look(cast.project, [FUNNEL], Filters(**filters))["funnel"]


def aged(row: Measurement, **ago: float) -> None:
    Measurement.objects.filter(pk=row.pk).update(computed_at=timezone.now() - timedelta(**ago))


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every project is too large to be counted while its page is made."""
    monkeypatch.setattr(measuring, "SMALL", -1)
    yield


def test_a_small_project_is_counted_at_once_and_again_only_after_a_change(cast: Cast) -> None:
    cast.add("one", "two")
    first = looked(cast)
    assert first.value is not None and first.value["new"] == 2
    assert looked(cast).computed_at == first.computed_at
    cast.answer(cast.annotator, "refund")
    second = looked(cast)
    assert second.value is not None and (second.value["new"], second.value["settled"]) == (1, 1)
    assert Measurement.objects.count() == 1


@pytest.mark.usefixtures("large")
def test_a_large_one_is_left_to_a_worker_and_shows_what_it_was_meanwhile(cast: Cast) -> None:
    cast.add("one", "two")
    row = looked(cast)
    assert not is_counted(row, cast.project)
    assert find_stalled_measurements() == [row.pk]
    # A message comes five times: counted once.
    for _ in range(5):
        measure(row.pk)
    row = looked(cast)
    assert is_counted(row, cast.project) and row.state == JobState.DONE and find_stalled_measurements() == []
    cast.answer(cast.annotator, "refund")
    # Not before its pause is over, by a page or by the sweep.
    assert looked(cast).state == JobState.DONE
    request_due_measurements()
    assert find_stalled_measurements() == []
    aged(row, minutes=1)
    request_due_measurements()
    assert find_stalled_measurements() == [row.pk]
    waiting = looked(cast)
    assert waiting.value is not None and waiting.value["new"] == 2
    measure(row.pk)
    fresh = looked(cast)
    assert fresh.value is not None and fresh.value["new"] == 1


@pytest.mark.usefixtures("large")
def test_what_nobody_looks_at_is_not_counted_and_in_the_end_forgotten(cast: Cast) -> None:
    cast.add("one")
    row = looked(cast)
    measure(row.pk)
    cast.answer(cast.annotator, "refund")
    aged(row, minutes=20)
    Measurement.objects.update(looked_at=timezone.now() - timedelta(minutes=10))
    request_due_measurements()
    assert find_stalled_measurements() == []
    Measurement.objects.update(looked_at=timezone.now() - timedelta(days=31))
    forget_measurements()
    assert not Measurement.objects.exists()


@pytest.mark.usefixtures("large")
def test_filters_that_fit_no_more_are_told_and_other_questions_are_counted_anew(cast: Cast) -> None:
    cast.add("one")
    row = looked(cast, label="intent:refund")
    Measurement.objects.filter(pk=row.pk).update(filters={"label": "intent:gone"})
    measure(row.pk)
    row.refresh_from_db()
    assert row.state == JobState.FAILED and "gone" in row.error
    whole = looked(cast)
    measure(whole.pk)
    whole.refresh_from_db()
    cast.project.schema_version += 1
    assert not is_counted(whole, cast.project)


def test_a_changed_policy_is_a_change_too(cast: Cast) -> None:
    cast.add("one")
    savings = look(cast.project, [KINDS["savings"]], Filters())["savings"]
    assert savings.value is not None and savings.value["overlap"] == 1
    cast.project = change_policy(cast.project, {"overlap": 3}, user=cast.lead)
    again = look(cast.project, [KINDS["savings"]], Filters())["savings"]
    assert again.value is not None and again.value["overlap"] == 3
