"""Watch a model annotator at work; stop it, and let it go on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.labelers import BENCHES, RunForm
from annotation.models import JobState, Piece, Run, RunItem
from annotation.reports.keyset import slice_of
from annotation.workflow import running
from annotation.workflow.access import get_manager_membership_for, get_reviewer_membership_for, get_run_for

from .jobs import job_card
from .paging import ends_of, neighbours
from .rendering import page, warned
from .requests import SignedInRequest

SECTION = "models"
SHOWN_FAILURES = 100


@login_required
@require_GET
def run(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Reviewers may watch; only managers are offered what changes the run."""
    membership = get_reviewer_membership_for(request.user, slug)
    shown = get_run_for(membership, pk)
    card = job_card(shown)
    if not membership.may_manage:
        card |= {"cancel_url": "", "resume_url": ""}
    context = {"run": shown, "job": card, **failures_card(request, shown)}
    # A debate's bar stands still for long while it goes on: its turns do not.
    context["turns"] = shown.turns.count() if shown.labeler.kind in BENCHES else None
    if shown.budget is not None and shown.cost and shown.state == JobState.FAILED and membership.may_manage:
        context["budget_form"] = RunForm()
    return page(request, membership, "runs/run.html", context, section=SECTION, partial="runs/live.html")


def failures_card(request: SignedInRequest, failing: Run | None) -> dict[str, Any]:
    """The context of runs/failures.html: a page of what failed in this run, the address says which."""
    if failing is None:
        return {"failures": []}
    pieces = RunItem.objects.filter(run=failing, state=Piece.FAILED).select_related("item")
    found = slice_of(pieces, **ends_of(request), size=SHOWN_FAILURES)
    return {
        "failing": failing,
        "failures": found.rows,
        **neighbours(found, request.path),
    }


@login_required
@require_POST
def run_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        running.cancel_run(get_run_for(membership, pk))
    return redirect("run", slug, pk)


@login_required
@require_POST
def run_resume(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Go on, within a larger budget where the run's own is spent."""
    membership = get_manager_membership_for(request.user, slug)
    stopped, form = get_run_for(membership, pk), RunForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(map(str, form.errors["budget"])))
        return redirect("run", slug, pk)
    with warned(request):
        running.resume_run(stopped, budget=form.cleaned_data["budget"])
    return redirect("run", slug, pk)
