"""The inbox: what happened to what somebody works on, in all their projects."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.notices import NoticesForm
from annotation.forms.paging import UptoForm
from annotation.models import AssignmentState, Notification, NotificationKind
from annotation.reports.inbox import inbox_page
from annotation.workflow.access import get_membership_for
from annotation.workflow.notifying import mark_read, set_notices

from .paging import ends_of, neighbours
from .rendering import page
from .requests import SignedInRequest

ICONS = {
    NotificationKind.MENTIONED: "comment",
    NotificationKind.COMMENTED: "comment",
    NotificationKind.FLAG_CLEARED: "flag",
    NotificationKind.DECIDED: "check",
    NotificationKind.RETURNED: "undo",
    NotificationKind.DIGEST: "book",
    NotificationKind.QUEUE_EMPTY: "check",
    NotificationKind.LICENSED: "model",
}
# Of what happens to a project: the page that says more. A run's and an item's have the row's own number.
PAGES = {
    NotificationKind.DIGEST: "project_overview",
    NotificationKind.QUEUE_EMPTY: "project_overview",
    NotificationKind.AGREEMENT_FELL: "dashboard",
    NotificationKind.LICENSED: "fusing",
    NotificationKind.LICENCE_REVOKED: "fusing",
    NotificationKind.WEBHOOK_FAILED: "project_webhooks",
}


@login_required
@never_cache
@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    found = inbox_page(request.user, **ends_of(request))
    context: dict[str, Any] = {
        "notifications": [
            {"row": row, "icon": ICONS.get(NotificationKind(row.kind), "alert"), "url": _address(row)}
            for row in found.rows
        ],
        "newest": found.rows[0].pk if found.rows else 0,
        "unread": any(row.read_at is None for row in found.rows),
        **neighbours(found),
    }
    return render(request, "inbox/list.html", context)


@login_required
@require_POST
def inbox_read(request: SignedInRequest) -> HttpResponse:
    """Everything up to the newest notification that was on the page."""
    form = UptoForm(request.POST)
    if form.is_valid():
        mark_read(request.user, upto=form.cleaned_data["upto"])
    return redirect("inbox")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def notices(request: SignedInRequest, slug: str) -> HttpResponse:
    """What a member is told of one project."""
    membership = get_membership_for(request.user, slug)
    form = NoticesForm(request.POST if request.method == "POST" else None, membership=membership)
    if form.is_valid():
        set_notices(membership, told=form.told, digest=form.cleaned_data["digest"])
        messages.success(request, _("Saved."))
        return redirect("notices", slug)
    status = 422 if form.errors else 200
    return page(request, membership, "inbox/notices.html", {"form": form}, section="", status=status)


def _failed(row: Notification) -> str:
    """The page of the run that failed: a labeler's, a recipe's or an experiment."""
    name = next(name for name in ("run", "synthesis_run", "experiment") if name in row.data)
    return reverse(name, args=[row.project.slug, row.data[name]])


def _address(row: Notification) -> str:
    """Where somebody goes who wants to see for themselves."""
    slug = row.project.slug
    if row.kind == NotificationKind.RUN_FAILED:
        return _failed(row)
    if row.item_id is None:
        return reverse(PAGES[NotificationKind(row.kind)], args=[slug])
    returned = row.returned
    if returned is not None and returned.assignment is not None and returned.assignment.state == AssignmentState.OPEN:
        return f"{reverse('annotate', args=[slug])}?lease={returned.assignment_id}"
    return reverse("item_comments", args=[slug, row.item_id])
