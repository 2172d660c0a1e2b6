"""Views of the item list that were kept under a name: each has an address to share."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.items import ItemFilterForm, SaveViewForm
from annotation.models import Membership
from annotation.workflow import saving_views
from annotation.workflow.access import get_reviewer_membership_for, get_saved_view_for
from annotation.workflow.errors import Refused

from .rendering import warned
from .requests import SignedInRequest


@login_required
@require_GET
def view(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Leads on to the list under this view's filters."""
    membership = get_reviewer_membership_for(request.user, slug)
    return _list(slug, get_saved_view_for(membership, pk).query)


@login_required
@require_POST
def view_new(request: SignedInRequest, slug: str) -> HttpResponse:
    membership = get_reviewer_membership_for(request.user, slug)
    query = checked_query(membership, request.POST.get("query", ""))
    form = SaveViewForm(request.POST)
    if query is None:
        messages.warning(request, "These filters cannot be saved; correct them first.")
    elif not form.is_valid():
        messages.warning(request, "A view has a name of 1 to 100 characters.")
    else:
        try:
            kept = saving_views.save_view(membership, query=query, **form.cleaned_data)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("Saved as “%(name)s”.") % {"name": kept.name})
    return _list(slug, query or "")


@login_required
@require_POST
def view_change(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_reviewer_membership_for(request.user, slug)
    kept = get_saved_view_for(membership, pk)
    form = SaveViewForm(request.POST)
    with warned(request):
        if not form.is_valid():
            raise Refused(_("A view has a name of 1 to 100 characters."))
        saving_views.change_view(membership, kept, **form.cleaned_data)
    return _list(slug, kept.query)


@login_required
@require_POST
def view_delete(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_reviewer_membership_for(request.user, slug)
    kept = get_saved_view_for(membership, pk)
    saving_views.delete_view(membership, kept)
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": kept.name})
    return _list(slug, kept.query)


def checked_query(membership: Membership, query: str) -> str | None:
    """The query with nothing in it but filters that hold; None where one does not."""
    form = ItemFilterForm(QueryDict(query), project=membership.project, may_manage=membership.may_manage)
    return form.query() if form.is_valid() else None


def _list(slug: str, query: str) -> HttpResponse:
    address = reverse("items", args=[slug])
    return redirect(f"{address}?{query}" if query else address)
