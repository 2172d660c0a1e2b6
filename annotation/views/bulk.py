"""Change many items at once: say what, look at what it is about, confirm; watch it, and take it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.items import BulkAssignForm, BulkDeleteForm, BulkLabelForm, ItemFilterForm, NoDetailsForm
from annotation.models import BulkAction, BulkChange, ChangedItem, JobState, Membership, Outcome
from annotation.models.filters import Filters
from annotation.reports.items import item_page
from annotation.reports.ordering import counted
from annotation.workflow import changing_many
from annotation.workflow.access import (
    get_bulk_change_for,
    get_manager_membership_for,
    get_reviewer_membership_for,
)
from annotation.workflow.bulk_assigning import assignable
from annotation.workflow.bulk_labeling import askable
from annotation.workflow.descending import count_descendants
from annotation.workflow.erasing import erased_by
from annotation.workflow.errors import Refused

from .items import SECTION, ids_among
from .rendering import page, refuse, warned
from .requests import SignedInRequest

LISTED = 50
SAMPLE = 5
MOST_CHOSEN = 1_000


@login_required
@require_POST
def change_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """How many items a change is about, with a sample; confirmed, it begins."""
    membership = get_reviewer_membership_for(request.user, slug)
    action = request.POST.get("action", "")
    if action not in BulkAction.values or not BulkAction(action).takes_any:
        return HttpResponseBadRequest(_("There is no such action."))
    if BulkAction(action).needs_manager:
        membership = get_manager_membership_for(request.user, slug)
    chosen = _chosen(request, membership)
    if chosen is None:
        return HttpResponseBadRequest(_("These are no items, or no filters."))
    filters, among = chosen
    confirmed = "confirmed" in request.POST
    form = _form(membership, BulkAction(action), request.POST if confirmed else None, filters, among)
    if confirmed and form.is_valid():
        try:
            change = changing_many.request_change(
                membership.project,
                action=action,
                user=request.user,
                filters=filters,
                among=among,
                details=form.details(),  # type: ignore[attr-defined]
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            changing_many.change_now(change)
            return redirect("change", slug, change.pk)
    count = counted(membership.project, filters, among=among, most=changing_many.LARGEST)
    if not count:
        messages.warning(request, "Choose at least one item." if among == [] else "No item fits any more.")
        return redirect(f"{reverse('items', args=[slug])}?{request.POST.get('query', '')}")
    context = {
        "action": BulkAction(action),
        "form": form,
        "count": count,
        "too_many": count > changing_many.LARGEST,
        "rows": item_page(membership.project, filters, among=among, size=SAMPLE).rows,
        "ids": among if "all" not in request.POST else [],
        "all": "all" in request.POST,
        "query": request.POST.get("query", ""),
        "kept_days": changing_many.KEPT.days,
    }
    status = 422 if confirmed else 200
    return page(request, membership, "items/change_new.html", context, section=SECTION, status=status)


@login_required
@require_GET
def changes(request: SignedInRequest, slug: str) -> HttpResponse:
    """The latest changes of many items."""
    membership = get_reviewer_membership_for(request.user, slug)
    listed = BulkChange.objects.filter(project=membership.project).select_related("created_by", "project")[:LISTED]
    context = {"changes": [_card(membership, each) for each in listed], "kept_days": changing_many.KEPT.days}
    return page(request, membership, "items/changes.html", context, section=SECTION)


@login_required
@require_GET
def change(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """How it goes, what was left alone and why, and the way back."""
    membership = get_reviewer_membership_for(request.user, slug)
    shown = get_bulk_change_for(membership, pk)
    left = ChangedItem.objects.filter(change=shown, outcome__in=(Outcome.SKIPPED, Outcome.KEPT))
    card, made = _card(membership, shown), 0
    if card["can_erase"]:
        made = count_descendants(membership.project, erased_by(shown).values("item"), most=changing_many.LARGEST)
    context = {
        "change": shown,
        "card": card,
        "made": made,
        "reasons": list(left.values("outcome", "reason").annotate(count=Count("pk")).order_by("-count")[:20]),
        "left": list(left.order_by("item")[:LISTED]),
        "kept_days": changing_many.KEPT.days,
    }
    return page(request, membership, "items/change.html", context, section=SECTION, partial="items/change_live.html")


@login_required
@require_POST
def change_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_reviewer_membership_for(request.user, slug)
    with warned(request):
        changing_many.cancel_change(get_bulk_change_for(membership, pk))
    return redirect("change", slug, pk)


@login_required
@require_POST
def change_undo(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_reviewer_membership_for(request.user, slug)
    shown = get_bulk_change_for(membership, pk)
    with warned(request):
        changing_many.undo_change(shown, user=request.user)
        changing_many.change_now(shown)
    return redirect("change", slug, pk)


@login_required
@require_POST
def change_erase(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    with warned(request):
        shown = get_bulk_change_for(membership, pk)
        if "made" not in request.POST:
            changing_many.erase_deleted(shown, user=request.user)
        elif changing_many.erase_with_made(shown, user=request.user):
            messages.info(request, _("What recipes made of it is erased by a change of its own, which has begun."))
        if get_bulk_change_for(membership, pk).is_erased:
            messages.success(request, _("What was deleted is erased."))
    return redirect("change", slug, pk)


def _chosen(request: SignedInRequest, membership: Membership) -> tuple[Filters, list[int] | None] | None:
    """(filters, ids): all that match the view's query, or those that were ticked; None where they make no sense."""
    if "all" in request.POST:
        query = QueryDict(request.POST.get("query", ""))
        form = ItemFilterForm(query, project=membership.project, may_manage=membership.may_manage)
        # The nearest are no set: what is meant by all of them?
        if not form.is_valid() or form.cleaned_data["near"] or form.cleaned_data["like"]:
            return None
        return form.filters, ids_among(membership.project, form)
    ticked = request.POST.getlist("items")
    if len(ticked) > MOST_CHOSEN or not all(pk.isascii() and pk.isdigit() and len(pk) < 19 for pk in ticked):
        return None
    return Filters(), [int(pk) for pk in ticked]


def _form(
    membership: Membership, action: BulkAction, posted: Any, filters: Filters, among: list[int] | None
) -> forms.Form:
    project = membership.project
    if action == BulkAction.LABEL:
        return BulkLabelForm(posted, project=project, questions=askable(project))
    if action == BulkAction.ASSIGN:
        return BulkAssignForm(posted, names=[name for name, _ in assignable(project)])
    if action == BulkAction.DELETE:
        return BulkDeleteForm(posted, made=changing_many.count_made(project, filters, among=among))
    return NoDetailsForm(posted)


def _card(membership: Membership, change: BulkChange) -> dict[str, Any]:
    """The context of components/job.html, and what can be done about the change."""
    slug = membership.project.slug
    through = change.undone if change.undoing else change.done + change.skipped
    total = change.done if change.undoing else change.total
    title = _("Take back: %(change)s") % {"change": change} if change.undoing else str(change)
    if change.details.get("snapshots"):
        total = change.details["snapshots"]
        through = total - change.details["snapshots_left"]
        title = _("Erase from snapshots: %(change)s") % {"change": change}
    over = not change.is_active
    percent = 100.0 if change.state == JobState.DONE else 100 * through / total if total else 0.0
    may = membership.may_manage or not BulkAction(change.action).needs_manager
    return {
        "id": change.pk,
        "kind": "change",
        "title": title,
        "state": change.state,
        "total": total,
        "done": through,
        "failed": 0,
        "percent": min(100.0, percent),
        "rate": "",
        "eta_text": "",
        "error": change.error,
        "url": reverse("change", args=[slug, change.pk]) if may else "",
        "cancel_url": reverse("change_cancel", args=[slug, change.pk]) if may else "",
        "resume_url": "",
        "row": change,
        "can_undo": may and over and change.done > change.undone and change.erased_at is None,
        "can_erase": (
            membership.may_manage
            and over
            and change.action == BulkAction.DELETE
            and change.done > change.undone
            and not change.is_erased
        ),
        "is_undone": change.undoing and over,
    }
