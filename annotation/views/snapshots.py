"""Freeze the dataset, watch it being written, read what it is, take it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from annotation.forms.items import ItemFilterForm
from annotation.forms.snapshots import EVERYTHING, CompareForm, FormatForm, KeepForm, SnapshotForm
from annotation.models import Project, Snapshot, SnapshotLedger, Stage
from annotation.models.filters import InvalidFilter, parse_filters
from annotation.reports.ordering import COUNTED, counted_soon
from annotation.workflow import deriving, exporting, retaining
from annotation.workflow.access import get_manager_membership_for, get_snapshot_file_for, get_snapshot_for
from annotation.workflow.downloading import (
    Download,
    open_card,
    open_file,
    open_manifest,
    open_records,
    open_snapshot,
)
from annotation.workflow.errors import Refused
from annotation.workflow.planning import leaves_out
from annotation.workflow.serving import serve

from .jobs import job_card
from .rendering import faults, page, refuse, wants_partial, warned
from .requests import SignedInRequest
from .snapshot_cards import difference_card, file_rows, snapshot_card

SECTION = "data"
LISTED = 100
# What the verbs call an input, and what the form does.
FIELDS = {
    "options.fields": "fields_kept",
    "options.questions": "questions_kept",
    "options.metadata": "metadata_keys",
    "splits": "train",
}


@login_required
@require_http_methods(["GET", "POST"])
def snapshots(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form over the snapshots so far. An address with the item list's filters offers those."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    form = _form(request, project)
    if form.is_bound and form.is_valid():
        try:
            made = exporting.request_snapshot(
                project,
                format=form.cleaned_data["format"],
                filters=form.filters,
                splits=form.splits,
                options=form.options,
                settings=form.settings,
                user=request.user,
            )
        except Refused as refusal:
            refuse(form, refusal, {refusal.field: refusal.field.removeprefix("options."), **FIELDS})
        else:
            return redirect("snapshot", slug, made.pk)
    found = project.snapshots.select_related("project", "created_by").defer("manifest", "project__questions")
    listed = list(found[:LISTED])
    context = {
        "form": form,
        "snapshots": listed,
        "active": [job_card(each) for each in listed if each.is_active],
        "chips": _chips(form),
        "keep_form": _keep_form(project),
        **_plan(form),
    }
    return page(
        request,
        membership,
        "snapshots/list.html",
        context,
        section=SECTION,
        partial="snapshots/table.html",
        status=422 if form.is_bound else 200,
    )


@login_required
@require_GET
def snapshot_plan(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the form as it stands would give: how many items, what the format leaves to choose and leaves out."""
    membership = get_manager_membership_for(request.user, slug)
    if not wants_partial(request):
        return redirect("snapshots", slug)
    form = SnapshotForm(request.GET, project=membership.project)
    form.is_valid()
    return page(request, membership, "snapshots/plan.html", {"form": form, **_plan(form)}, section=SECTION)


@login_required
@require_GET
def snapshot(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """One snapshot: its bar while it is written; then its files, what is in it, and what to compare it with."""
    membership = get_manager_membership_for(request.user, slug)
    shown = get_snapshot_for(membership, pk)
    rows = file_rows(shown)
    context = {
        "snapshot": shown,
        "job": job_card(shown),
        "files": rows,
        "busy": shown.is_active or any(row["file"].is_active for row in rows),
        "format_form": FormatForm(request.GET if "format" in request.GET else None, splits=bool(shown.splits)),
        "compare_form": CompareForm(snapshot=shown),
        **snapshot_card(shown),
    }
    return page(request, membership, "snapshots/snapshot.html", context, section=SECTION, partial="snapshots/live.html")


@login_required
@require_POST
def snapshot_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        exporting.cancel_snapshot(get_snapshot_for(membership, pk))
    return redirect("snapshot", slug, pk)


@login_required
@require_POST
def snapshot_delete(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    shown = get_snapshot_for(membership, pk)
    with warned(request):
        retaining.delete_snapshot(shown, user=request.user)
        messages.success(request, _("Snapshot %(number)s is deleted.") % {"number": shown.number})
        return redirect("snapshots", slug)
    return redirect("snapshot", slug, pk)


@login_required
@require_POST
def snapshot_keep(request: SignedInRequest, slug: str) -> HttpResponse:
    """How long files stay."""
    membership = get_manager_membership_for(request.user, slug)
    form = KeepForm(request.POST)
    if form.is_valid():
        with warned(request):
            retaining.keep_files(membership.project, **form.cleaned_data, user=request.user)
            messages.success(request, _("Saved."))
    else:
        messages.warning(request, faults(form))
    return redirect("snapshots", slug)


@login_required
@require_POST
def snapshot_format(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Make the snapshot's file in another format, or again."""
    membership = get_manager_membership_for(request.user, slug)
    shown = get_snapshot_for(membership, pk)
    form = FormatForm(request.POST, splits=bool(shown.splits))
    if form.is_valid():
        with warned(request):
            deriving.request_file(shown, format=form.cleaned_data["format"], settings=form.settings, user=request.user)
    else:
        messages.warning(request, faults(form))
    return redirect("snapshot", slug, pk)


@login_required
@require_POST
def snapshot_compare(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Work out how the snapshot differs from an earlier one."""
    membership = get_manager_membership_for(request.user, slug)
    shown = get_snapshot_for(membership, pk)
    form = CompareForm(request.POST, snapshot=shown)
    if form.is_valid():
        with warned(request):
            made = deriving.request_difference(shown, form.cleaned_data["base"], user=request.user)
            return redirect("snapshot_file", slug, made.pk)
    return redirect("snapshot", slug, pk)


@login_required
@require_GET
def snapshot_file(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """A difference; other files are shown with their snapshot."""
    membership = get_manager_membership_for(request.user, slug)
    made = get_snapshot_file_for(membership, pk)
    if made.base is None:
        return redirect("snapshot", slug, made.snapshot_id)
    context = {"made": made, "job": job_card(made), **difference_card(made)}
    return page(
        request,
        membership,
        "snapshots/difference.html",
        context,
        section=SECTION,
        partial="snapshots/difference_live.html",
    )


@login_required
@require_POST
def snapshot_file_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    made = get_snapshot_file_for(membership, pk)
    with warned(request):
        deriving.cancel_file(made)
    return redirect("snapshot", slug, made.snapshot_id)


@login_required
@require_POST
def snapshot_file_again(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Make a file anew that failed, was cancelled, or was removed."""
    membership = get_manager_membership_for(request.user, slug)
    made = get_snapshot_file_for(membership, pk)
    with warned(request):
        if made.base:
            deriving.request_difference(made.snapshot, made.base, user=request.user)
        else:
            deriving.request_file(made.snapshot, format=made.format, settings=made.settings, user=request.user)
    return redirect("snapshot_file", slug, pk)


@login_required
@require_safe
def snapshot_download(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    """The file, always as an attachment of a fixed type, with its SHA-256 as a header."""
    return _download(request, slug, pk, open_snapshot)


@login_required
@require_safe
def snapshot_manifest(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    return _download(request, slug, pk, open_manifest)


@login_required
@require_safe
def snapshot_records(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    return _download(request, slug, pk, open_records)


@login_required
@require_safe
def snapshot_dataset_card(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    return _download(request, slug, pk, open_card)


@login_required
@require_safe
def snapshot_file_download(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    membership = get_manager_membership_for(request.user, slug)
    made = get_snapshot_file_for(membership, pk)
    try:
        return serve(open_file(made), request)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("snapshot_file", slug, pk)


def _download(request: SignedInRequest, slug: str, pk: int, opened: Callable[[Snapshot], Download]) -> HttpResponseBase:
    membership = get_manager_membership_for(request.user, slug)
    try:
        return serve(opened(get_snapshot_for(membership, pk)), request)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("snapshot", slug, pk)


def _form(request: SignedInRequest, project: Project) -> SnapshotForm:
    if request.method == "POST":
        return SnapshotForm(request.POST, project=project)
    latest = project.snapshots.order_by("-number").values_list("options__licence", flat=True).first()
    initial = {"query": request.GET.urlencode()[:4_000], "licence": latest or ""}
    if request.GET.get("stage"):
        initial["items"] = EVERYTHING
    return SnapshotForm(project=project, initial=initial)


def _chips(form: SnapshotForm) -> list[dict[str, str]]:
    """The filters that were taken over from the item list, in words."""
    query = QueryDict(mutable=True)
    query.update(form.asked_filters)
    told = ItemFilterForm(query, project=form.project, may_manage=True)
    return told.told() if told.is_valid() else []


def _keep_form(project: Project) -> KeepForm:
    ledger = SnapshotLedger.objects.filter(project=project).first()
    return KeepForm(initial={"days": ledger.keep_days, "last": ledger.keep_last} if ledger else None)


def _plan(form: SnapshotForm) -> dict[str, Any]:
    """`fitting`: how many items the filters let through, None where that takes long to say."""
    chosen = form["format"].value()
    asked = dict(form.asked_filters)
    if form["items"].value() != EVERYTHING:
        asked["stage"] = str(Stage.SETTLED)
    try:
        filters = parse_filters(asked, form.project, may_manage=True)
    except InvalidFilter as error:
        return {"fitting": 0, "problem": str(error), "leaves_out": []}
    fitting = counted_soon(form.project, filters)
    return {
        "fitting": fitting,
        "many": fitting is None or fitting > COUNTED,
        "most": COUNTED,
        "leaves_out": leaves_out(form.project, str(chosen)) if chosen else [],
    }
