"""The experiments: start one, watch it, read and take away its report."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.experiments import ExperimentForm
from annotation.models import Experiment, JobState
from annotation.reports.charts import Link
from annotation.reports.drawing import drawn, drawn_png, drawn_svg, find_drawn
from annotation.reports.experiments import Told, markdown_of, shown_tables, titles, told
from annotation.reports.jobs import job_progress
from annotation.reports.keyset import slice_of
from annotation.workflow.access import get_experiment_for, get_manager_membership_for
from annotation.workflow.errors import Refused
from annotation.workflow.experimenting import (
    cancel_experiment,
    delete_experiment,
    description_of,
    every_experiment,
    file_of,
    request_experiment,
    resume_experiment,
)

from .jobs import card_of
from .paging import ends_of, neighbours
from .rendering import page, refuse, warned
from .requests import SignedInRequest

SECTION = "synthesis"
LISTED = 20
MEDIA = {"md": "text/markdown; charset=utf-8", "json": "application/json", "svg": "image/svg+xml", "png": "image/png"}


@login_required
@require_GET
def experiments(request: SignedInRequest, slug: str) -> HttpResponse:
    """What can be tried, and what was."""
    membership = get_manager_membership_for(request.user, slug)
    rows = membership.project.experiments.select_related("created_by").defer("value", "parameters", "data")
    found = slice_of(rows, **ends_of(request), size=LISTED, newest_first=True)
    names = titles()
    context = {
        "kinds": [{"row": each, "title": _(each.title), "summary": _(each.summary)} for each in every_experiment()],
        "rows": [{"row": row, "title": names.get(row.name, row.name)} for row in found.rows],
        "active": any(row.is_active for row in found.rows),
        **neighbours(found, request.path),
    }
    return page(
        request, membership, "experiments/list.html", context, section=SECTION, partial="experiments/table.html"
    )


@login_required
@require_http_methods(["GET", "POST"])
def experiment_new(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """How thoroughly, on what; then it starts."""
    membership = get_manager_membership_for(request.user, slug)
    try:
        described = description_of(name)
    except Refused as refusal:
        raise Http404(str(refusal)) from refusal
    posted = request.POST if request.method == "POST" else None
    form = ExperimentForm(posted, project=membership.project, experiment=described)
    if form.is_valid():
        try:
            made = request_experiment(membership.project, form.order, user=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return redirect("experiment", slug, made.pk)
    context = {"form": form, "kind": described, "title": _(described.title), "summary": _(described.summary)}
    status = 422 if form.is_bound else 200
    return page(request, membership, "experiments/new.html", context, section=SECTION, status=status)


@login_required
@require_GET
def experiment(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Its bar while it goes on, then its report; with `chart` that chart alone, which was not drawn for the page."""
    membership = get_manager_membership_for(request.user, slug)
    row = get_experiment_for(membership, pk)
    shown = told(row)
    if "chart" in request.GET:
        svg = drawn(shown.charts[_place(request, shown)], _no_address)
        return render(request, "dashboard/drawn.html", {"svg": svg})
    context: dict[str, Any] = {"experiment": row, "told": shown, "job": _card(row, shown)}
    if shown.report:
        context |= {"tables": shown_tables(shown.report), "charts": _charts(row, shown), "files": _files(row)}
    return page(
        request, membership, "experiments/experiment.html", context, section=SECTION, partial="experiments/live.html"
    )


@login_required
@require_POST
def experiment_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        cancel_experiment(get_experiment_for(membership, pk))
    return redirect("experiment", slug, pk)


@login_required
@require_POST
def experiment_resume(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        resume_experiment(get_experiment_for(membership, pk))
    return redirect("experiment", slug, pk)


@login_required
@require_POST
def experiment_delete(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        delete_experiment(get_experiment_for(membership, pk))
        messages.success(request, _("The experiment is deleted."))
        return redirect("experiments", slug)
    return redirect("experiment", slug, pk)


@login_required
@require_GET
def experiment_file(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """To take away, by `as`: the report as `md`, everything as `json`, a chart as `svg` or `png`."""
    membership = get_manager_membership_for(request.user, slug)
    row = get_experiment_for(membership, pk)
    wanted = request.GET.get("as", "md")
    if wanted not in MEDIA or row.state != JobState.DONE:
        raise Http404(_("There is no such file."))
    content: str | bytes
    if wanted == "md":
        content = markdown_of(row)
    elif wanted == "json":
        content = json.dumps(file_of(row), indent=1, ensure_ascii=False)
    else:
        shown = told(row)
        chart = shown.charts[_place(request, shown)]
        content = drawn_svg(chart) if wanted == "svg" else drawn_png(chart)
    response = HttpResponse(content, content_type=MEDIA[wanted])
    response["Content-Disposition"] = f'attachment; filename="{slug}-{row.name}-{row.pk}.{wanted}"'
    return response


def _card(row: Experiment, shown: Told) -> dict[str, Any]:
    place = [row.project.slug, row.pk]
    return card_of(
        row,
        job_progress(row),
        "experiment",
        shown.title,
        cancel_url=reverse("experiment_cancel", args=place),
        resume_url=reverse("experiment_resume", args=place),
    )


def _charts(row: Experiment, shown: Told) -> list[dict[str, Any]]:
    """Those that nobody has drawn yet come after the page."""
    own = reverse("experiment", args=[row.project.slug, row.pk])
    files = reverse("experiment_file", args=[row.project.slug, row.pk])
    return [
        {
            "title": chart.title,
            "svg": find_drawn(chart, _no_address),
            "url": f"{own}?chart={place}",
            "svg_url": f"{files}?as=svg&chart={place}",
            "png_url": f"{files}?as=png&chart={place}",
        }
        for place, chart in enumerate(shown.charts)
    ]


def _files(row: Experiment) -> dict[str, str]:
    path = reverse("experiment_file", args=[row.project.slug, row.pk])
    return {"markdown": f"{path}?as=md", "json": f"{path}?as=json"}


def _place(request: SignedInRequest, shown: Told) -> int:
    place = request.GET.get("chart", "0")
    if not (place.isascii() and place.isdigit() and len(place) < 3 and int(place) < len(shown.charts)):
        raise Http404(_("This report has no such chart."))
    return int(place)


def _no_address(link: Link) -> str:
    """Nothing in these charts leads anywhere."""
    return ""
