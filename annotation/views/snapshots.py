"""Freeze the dataset, watch it being written, take it away."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.snapshots import SnapshotForm
from annotation.models import DecidedBy, Snapshot, Stage
from annotation.workflow import exporting
from annotation.workflow.access import get_manager_membership_for, get_snapshot_for
from annotation.workflow.downloading import open_snapshot
from annotation.workflow.errors import Refused

from .jobs import job_card
from .rendering import page, refuse, warned
from .requests import SignedInRequest

SECTION = "data"
LISTED = 100


@login_required
@require_http_methods(["GET", "POST"])
def snapshots(request: SignedInRequest, slug: str) -> HttpResponse:
    """The form over the snapshots so far."""
    membership = get_manager_membership_for(request.user, slug)
    form = SnapshotForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = exporting.request_snapshot(
                membership.project, format=form.cleaned_data["format"], filters=form.filters, user=request.user
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return redirect("snapshot", slug, made.pk)
    listed = list(membership.project.snapshots.select_related("project", "created_by")[:LISTED])
    context = {
        "form": form,
        # Counted where they are shown: the partial, which is asked for every second, does not show them.
        "settled": membership.project.items.filter(stage=Stage.SETTLED).count,
        "total": membership.project.items.count,
        "snapshots": listed,
        "active": [job_card(each) for each in listed if each.is_active],
    }
    status = 422 if form.is_bound else 200
    return page(
        request,
        membership,
        "snapshots/list.html",
        context,
        section=SECTION,
        partial="snapshots/table.html",
        status=status,
    )


@login_required
@require_GET
def snapshot(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """One snapshot: its bar while it is written, then its manifest."""
    membership = get_manager_membership_for(request.user, slug)
    shown = get_snapshot_for(membership, pk)
    context = {
        "snapshot": shown,
        "job": job_card(shown),
        "taken_at": parse_datetime(shown.manifest.get("taken_at", "")),
        "decided_by": _counted(shown, "decided_by", {kind.value: str(kind.label) for kind in DecidedBy}),
        "stages": _counted(shown, "stages", {stage.value: str(stage.label) for stage in Stage}),
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
@require_GET
def snapshot_download(request: SignedInRequest, slug: str, pk: int) -> HttpResponseBase:
    """The file, always as an attachment of a fixed type, with its SHA-256 as a header."""
    membership = get_manager_membership_for(request.user, slug)
    try:
        download = open_snapshot(get_snapshot_for(membership, pk))
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("snapshot", slug, pk)
    return FileResponse(
        download.file,
        as_attachment=True,
        filename=download.name,
        content_type=download.media_type,
        headers=download.headers,
    )


def _counted(shown: Snapshot, key: str, titles: dict[str, str]) -> list[dict[str, object]]:
    """Counts of a finished snapshot's manifest in the order of `titles`; none before it is finished."""
    counts = shown.manifest.get(key, {})
    total = sum(counts.values()) or 1
    return [
        {"name": name, "title": title, "count": counts[name], "percent": 100 * counts[name] / total}
        for name, title in titles.items()
        if name in counts
    ]
