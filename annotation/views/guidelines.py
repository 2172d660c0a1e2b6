"""The guidelines in all their versions, and taking note of a change."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.annotating import VersionForm
from annotation.reports.guidelines import guidelines_versions
from annotation.workflow.access import get_membership_for
from annotation.workflow.acknowledging import acknowledge

from .rendering import page
from .requests import SignedInRequest


@login_required
@require_GET
def guidelines(request: SignedInRequest, slug: str) -> HttpResponse:
    membership = get_membership_for(request.user, slug)
    context = {"versions": guidelines_versions(membership.project)}
    return page(request, membership, "guidelines/versions.html", context, section="annotate")


@login_required
@require_POST
def guidelines_seen(request: SignedInRequest, slug: str) -> HttpResponse:
    """The version that was on the page: one that came meanwhile is shown next."""
    membership = get_membership_for(request.user, slug)
    form = VersionForm(request.POST)
    if form.is_valid():
        acknowledge(membership, form.cleaned_data["version"])
    return redirect("annotate", slug)
