"""A project's guidelines and policy."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotation.forms.projects import GuidelinesForm, PolicyForm
from annotation.models import Project
from annotation.workflow.access import get_manager_membership_for
from annotation.workflow.errors import Refused
from annotation.workflow.projects import change_guidelines, change_policy

from .rendering import page, refuse
from .requests import SignedInRequest

SECTION = "settings"


@login_required
@require_http_methods(["GET", "POST"])
def project_settings(request: SignedInRequest, slug: str) -> HttpResponse:
    """Two forms on one page; the button that was pressed says which one to save."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    pressed = request.POST.get("save", "")
    guidelines = GuidelinesForm(
        request.POST if pressed == "guidelines" else None, initial={"guidelines": project.guidelines}
    )
    # A copy: a model form writes what was typed into its instance, right or wrong.
    policy = PolicyForm(request.POST if pressed == "policy" else None, instance=Project.objects.get(pk=project.pk))
    if guidelines.is_valid() and _save_guidelines(request, project, guidelines):
        return redirect("settings", slug)
    if policy.is_valid() and _save_policy(request, project, policy):
        return redirect("settings", slug)
    context = {"guidelines_form": guidelines, "policy_form": policy, "questions": project.question_list}
    return page(
        request,
        membership,
        "project/settings.html",
        context,
        section=SECTION,
        status=422 if request.method == "POST" else 200,
    )


def _save_guidelines(request: SignedInRequest, project: Project, form: GuidelinesForm) -> bool:
    try:
        changed = change_guidelines(project, form.cleaned_data["guidelines"], user=request.user)
    except Refused as refusal:
        refuse(form, refusal)
        return False
    messages.success(
        request,
        _("Guidelines saved; this is version %(version)s.") % {"version": changed.guidelines_version},
    )
    return True


def _save_policy(request: SignedInRequest, project: Project, form: PolicyForm) -> bool:
    try:
        change_policy(project, form.cleaned_data, user=request.user)
    except Refused as refusal:
        refuse(form, refusal)
        return False
    messages.success(request, _("Policy saved. Items that people have begun were routed anew."))
    return True
