"""Versions side by side."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation, Run
from annotation.reports.calibration import newest_fits
from annotation.reports.worth import worth_report
from annotation.workflow.calibrating import calibrate
from annotation.workflow.enlisting import add_labeler
from tests.cast import SCRIPTED, Cast
from tests.measuring import SAID, measured_labeler


def test_accuracy_kappa_f1_and_cost_of_a_version(cast: Cast) -> None:
    labeler = measured_labeler(cast)
    Run.objects.create(project=cast.project, labeler=labeler, state="done", failed=2, tokens=300, cost=Decimal("0.25"))
    Run.objects.create(project=cast.project, labeler=labeler, state="done", purpose="try", failed=5, tokens=10)
    worth = next(each for each in worth_report(cast.project) if each.labeler == labeler)
    assert (worth.votes, worth.seconds, worth.failures, worth.tokens) == (10, 0.5, 2, 310)
    assert worth.cost == Decimal("0.25")
    [measured] = worth.measured
    assert (measured.answers, measured.accuracy) == (10, 0.7)
    assert (measured.low, measured.high) == pytest.approx((0.397, 0.892), abs=1e-3)
    assert measured.kappa == pytest.approx((0.7 - 0.45) / 0.55)
    assert measured.classes["delivery"].precision == pytest.approx(3 / 5)
    assert measured.classes["other"].recall == 0
    assert measured.trust.missing == 10
    assert measured.trust.before is not None


def test_what_nobody_answered_blind_is_not_measured(cast: Cast) -> None:
    labeler = measured_labeler(cast)
    Annotation.objects.human().update(suggestion_seen=True)
    [measured] = next(each for each in worth_report(cast.project) if each.labeler == labeler).measured
    assert (measured.answers, measured.accuracy, measured.kappa, measured.macro_f1) == (0, None, None, None)
    assert (measured.trust.before, measured.trust.missing) == (None, 20)


def test_after_a_fit_the_figures_are_those_of_the_fit(cast: Cast) -> None:
    labeler = measured_labeler(cast, SAID * 3)
    while calibrate(labeler.pk):
        pass
    [measured] = next(each for each in worth_report(cast.project) if each.labeler == labeler).measured
    assert (measured.trust.method, measured.trust.answers, measured.trust.missing) == ("platt", 30, 0)
    assert measured.trust.after is not None
    assert set(newest_fits(cast.project)) == {(labeler.pk, "intent")}


def test_more_versions_cost_no_more_queries(cast: Cast) -> None:
    measured_labeler(cast)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            worth_report(cast.project)
        return len(asked)

    before = queries()
    for number in range(4):
        measured_labeler(cast, name=f"Robot {number}")
    add_labeler(cast.project, name="Idle", kind="prompted", config=SCRIPTED)
    assert queries() == before


def test_another_projects_figures_do_not_show(cast: Cast) -> None:
    measured_labeler(cast)
    assert {each.labeler.name for each in worth_report(cast.foreign.project)} == {"Judge"}
