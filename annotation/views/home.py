"""The projects a person belongs to, and a new one."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotation.forms.projects import ProjectForm
from annotation.reports.memberships import projects_of
from annotation.workflow.errors import Refused
from annotation.workflow.projects import create_project

from .project_wizard import new_project_page
from .rendering import refuse
from .requests import SignedInRequest


@login_required
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    return render(request, "home.html", {"rows": projects_of(request.user)})


@login_required
@require_http_methods(["GET", "POST"])
def project_new(request: SignedInRequest) -> HttpResponse:
    """Whoever makes a project manages it; the next thing it needs is data."""
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            project = create_project(form.definition, user=request.user)
        except Refused as refusal:
            refuse(form, refusal, ProjectForm.FIELDS)
        else:
            messages.success(
                request, _("“%(name)s” is ready. Upload a file, and its rows become items.") % {"name": project.name}
            )
            return redirect("imports", project.slug)
    return new_project_page(request, form=form, status=422 if form.is_bound else 200)
