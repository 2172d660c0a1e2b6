"""Progress equals what counting every row by hand gives."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from annotation.models import Annotation, Item, Stage
from annotation.reports import progress_report
from tests.cast import Cast
from tests.reports.crowd import live_through


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_progress_is_what_counting_by_hand_gives(cast: Cast, seed: int) -> None:
    live_through(cast, seed)
    old = Annotation.objects.filter(project=cast.project)[:7]
    Annotation.objects.filter(pk__in=[each.pk for each in old]).update(created_at=Now() - timedelta(hours=2))
    items = list(Item.objects.filter(project=cast.project))
    votes = [
        each
        for each in Annotation.objects.filter(project=cast.project).select_related("annotator")
        if each.superseded_at is None and not each.advice
    ]
    human = [each for each in votes if each.annotator.is_human]
    newest = max(each.created_at for each in votes)
    report = progress_report(cast.project)
    counted = Counter(item.stage for item in items)
    assert report.stages == {stage.value: counted[stage.value] for stage in Stage}
    assert (report.total, report.settled) == (40, counted["settled"])
    assert report.percent == pytest.approx(100 * counted["settled"] / 40)
    assert (report.human_answers, report.model_votes) == (len(human), len(votes) - len(human))
    assert report.left == sum(item.slots - item.taken for item in items if item.stage in ("new", "human"))
    assert report.answers_per_hour == sum(each.created_at > newest - timedelta(hours=1) for each in human)
    assert report.eta_seconds == pytest.approx(3600 * report.left / report.answers_per_hour)


def test_an_empty_project_is_neither_done_nor_an_error(cast: Cast) -> None:
    report = progress_report(cast.project)
    assert (report.total, report.percent, report.left) == (0, 0.0, 0)


def test_without_answers_there_is_no_estimate(cast: Cast) -> None:
    cast.add("1")
    assert progress_report(cast.project).eta_seconds is None
