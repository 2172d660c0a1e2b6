"""The inbox: what happened to what somebody works on, in all their projects."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.paging import CursorForm, UptoForm
from annotation.reports.inbox import inbox_page
from annotation.workflow.notifying import mark_read

from .requests import SignedInRequest


@login_required
@never_cache
@require_GET
def inbox(request: SignedInRequest) -> HttpResponse:
    form = CursorForm(request.GET)
    form.is_valid()
    found = inbox_page(request.user, after=form.cleaned_data.get("after"), before=form.cleaned_data.get("before"))
    context: dict[str, Any] = {
        "notifications": found.rows,
        "newest": found.rows[0].pk if found.rows else 0,
        "unread": any(row.read_at is None for row in found.rows),
        "previous_url": f"?before={found.previous}" if found.previous else None,
        "next_url": f"?after={found.next}" if found.next else None,
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
