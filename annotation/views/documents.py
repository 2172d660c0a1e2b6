"""The documents that recipes make items from."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.synthesis import DocumentForm
from annotation.reports.documents import sized
from annotation.reports.keyset import slice_of
from annotation.workflow.access import get_document_for, get_manager_membership_for
from annotation.workflow.documenting import MOST_BYTES, add_document, remove_document
from annotation.workflow.errors import Refused

from .paging import ends_of, neighbours
from .rendering import lead_on, page, refuse, warned
from .requests import SignedInRequest
from .synthesis import SECTION

LISTED = 50
SHOWN_CHARACTERS = 100_000


@login_required
@require_http_methods(["GET", "POST"])
def documents(request: SignedInRequest, slug: str) -> HttpResponse:
    """The documents; a posted file adds one."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    form = DocumentForm(request.POST, request.FILES) if request.method == "POST" else DocumentForm()
    status = 200
    if form.is_bound:
        status = 413 if form.has_error("file", "too_large") else 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                added = add_document(project, name=file.name, content=file.read(), user=request.user)
            except Refused as refusal:
                refuse(form, refusal)
            else:
                messages.success(request, _("“%(name)s” is here.") % {"name": added.name})
                return lead_on(request, "documents", slug)
    found = slice_of(sized(project), **ends_of(request), size=LISTED, newest_first=True)
    context = {
        "form": form,
        "upload_limit": MOST_BYTES,
        "documents": found.rows,
        **neighbours(found, request.path),
    }
    return page(request, membership, "synthesis/documents.html", context, section=SECTION, status=status)


@login_required
@require_GET
def document(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Its text, as recipes read it."""
    membership = get_manager_membership_for(request.user, slug)
    shown = get_document_for(membership, pk)
    context = {
        "document": shown,
        "text": shown.text[:SHOWN_CHARACTERS],
        "left": max(0, len(shown.text) - SHOWN_CHARACTERS),
    }
    return page(request, membership, "synthesis/document.html", context, section=SECTION)


@login_required
@require_POST
def document_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        removed = get_document_for(membership, pk)
        remove_document(removed, user=request.user)
        messages.success(request, _("“%(name)s” is removed.") % {"name": removed.name})
    return redirect("documents", slug)
