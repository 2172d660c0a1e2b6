"""The lead sees how votes are fused, fits anew, and is told whether it is good enough."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from annotation.models import Fitting, JobState, Project
from annotation.workflow.fitting import fit_votes
from tests.cast import Cast
from tests.views.data import page, signed_in
from tests.workflow.test_fitting import CROWD, crowded


def test_a_lead_fits_now_and_reads_what_every_annotator_is_worth(cast: Cast) -> None:
    client = signed_in(cast.lead)
    assert "Nothing is fitted yet" in client.get(page("fusing", cast)).content.decode()
    crowded(cast, 80)
    assert client.post(page("fit_now", cast)).status_code == 302
    again = client.post(page("fit_now", cast), follow=True).content.decode()
    assert "The annotators are being fitted already." in again
    row = Fitting.objects.get()
    for where in ("fusing", "project_overview"):
        assert "Annotators are fitted" in client.get(page(where, cast)).content.decode(), where
    fit_votes(row.pk)
    html = client.get(page("fusing", cast)).content.decode()
    assert "Dawid–Skene, anchored on known answers" in html
    assert "400 votes on 80 items" in html
    assert all(name in html for name in CROWD)
    assert "Nothing: the policy wants 2 people’s answers to every item." in html
    assert "Fit now" not in signed_in(cast.reviewer).get(page("fusing", cast)).content.decode()


def test_a_fit_can_be_stopped(cast: Cast) -> None:
    crowded(cast, 10)
    client = signed_in(cast.lead)
    client.post(page("fit_now", cast))
    row = Fitting.objects.get()
    assert client.post(page("fitting_cancel", cast, row.pk)).status_code == 302
    row.refresh_from_db()
    assert row.state == JobState.CANCELLED
    fit_votes(row.pk)
    assert Project.objects.get(pk=cast.project.pk).fitting is None
    assert "over already" in client.post(page("fitting_cancel", cast, row.pk), follow=True).content.decode()


@pytest.mark.parametrize("licensed", [False, True])
def test_the_overview_says_what_models_may_and_what_is_missing(cast: Cast, licensed: bool) -> None:
    cast.policy(min_human=0)
    standing = {"label": "", "licensed": licensed, "threshold": 0.93 if licensed else None, "right": 90, "accepted": 99}
    standing |= {"bound": 0.871, "audits": 99, "wanted": 0 if licensed else 99, "reason": ""}
    Project.objects.filter(pk=cast.project.pk).update(licence_standing=[standing], licensed=licensed)
    cast.add("one")
    html = signed_in(cast.reviewer).get(page("project_overview", cast)).content.decode()
    assert ("From 0.930" in html) is licensed
    assert ("99 more audits until the next look" in html) is not licensed
    assert "Nobody has voted yet" in html
    cast.answer(cast.annotator, "refund")
    cache.clear()
    html = signed_in(cast.reviewer).get(page("project_overview", cast)).content.decode()
    assert "of the labels are right" in html
    assert "The target of 95 % is reached." in html
    assert "Nobody has voted yet" not in html
