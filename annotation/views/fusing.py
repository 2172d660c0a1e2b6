"""How votes are fused, and what models may settle alone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.models import Fitting, Membership, Project
from annotation.questions import first_single
from annotation.reports.fusing import fusing_report, licence_history
from annotation.reports.jobs import job_progress
from annotation.workflow.access import get_fitting_for, get_manager_membership_for, get_reviewer_membership_for
from annotation.workflow.fitting import cancel_fitting, request_fitting
from annotation.workflow.fitting_votes import ENOUGH_KNOWN, ENOUGH_SHARED

from .jobs import card_of
from .rendering import page, warned
from .requests import SignedInRequest

SECTION = "overview"


@login_required
@require_GET
def fusing(request: SignedInRequest, slug: str) -> HttpResponse:
    """Reviewers may look; only managers fit anew."""
    membership = get_reviewer_membership_for(request.user, slug)
    found = fusing_report(membership.project)
    context = {
        "fusing": found,
        "job": fitting_card(membership, found.newest),
        "enough": {"shared": ENOUGH_SHARED, "known": ENOUGH_KNOWN},
        "licences": licences(membership.project),
        "history": licence_history(membership.project),
    }
    return page(request, membership, "fusing/page.html", context, section=SECTION, partial="fusing/live.html")


@login_required
@require_POST
def fit_now(request: SignedInRequest, slug: str) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        request_fitting(membership.project, user=request.user)
        messages.success(request, _("The annotators are being fitted; items follow as it goes on."))
    return redirect("fusing", slug)


@login_required
@require_POST
def fitting_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        cancel_fitting(get_fitting_for(membership, pk))
    return redirect("fusing", slug)


def fitting_card(membership: Membership, fitting: Fitting | None) -> dict[str, Any] | None:
    """The context of components/job.html, while there is something to watch or to complain about."""
    if fitting is None or not (fitting.is_active or fitting.error):
        return None
    progress = job_progress(fitting)
    may_cancel = membership.may_manage and fitting.is_active
    return card_of(
        fitting,
        progress,
        "fitting",
        _("Items follow the fit") if fitting.fitted_at else _("Annotators are fitted"),
        # How many items will follow is known once the votes are fitted.
        percent=progress.percent if fitting.fitted_at else None,
        cancel_url=reverse("fitting_cancel", args=[membership.project.slug, fitting.pk]) if may_cancel else "",
    )


def licences(project: Project) -> list[dict[str, Any]]:
    """What audits prove, one row per licence that there is or could be; empty where models may never settle alone."""
    if project.min_human:
        return []
    question = first_single(project.question_list)
    rows = []
    for each in project.licence_standing:
        title = question.option_title(each["label"]) if question and each["label"] else ""
        share = each["bound"] * 100
        rows.append({**each, "title": title, "percent": share, "target": project.target_accuracy * 100})
    return rows
