"""What people say about an item: comments with mentions, and flags."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.annotating import FlagForm
from annotation.models import Item, Membership, Role
from annotation.reports.conversations import conversation_for
from annotation.reports.flags import open_flags
from annotation.reports.naming import called, hides_names
from annotation.workflow import commenting, flagging
from annotation.workflow.access import (
    get_comment_for,
    get_flag_for,
    get_membership_for,
    get_reviewer_membership_for,
    get_shared_item_for,
)
from annotation.workflow.errors import Refused
from annotation.workflow.notifying import mark_read

from .cards import item_card
from .desk import desk_reply, wants_desk
from .paging import ends_of, neighbours
from .rendering import page, wants_partial, warned
from .requests import SignedInRequest
from .suggestions import notice_of

NAMES = 8


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def item_comments(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The conversation about an item; what is posted joins it. Whoever opens it has read what they were told of it."""
    membership = get_membership_for(request.user, slug)
    item = get_shared_item_for(membership, pk)
    if request.method == "GET":
        mark_read(request.user, item=item)
        return _conversation(request, membership, item)
    text = request.POST.get("text", "")
    try:
        commenting.comment(item, author=request.user, text=text)
    except Refused as refusal:
        return _conversation(request, membership, item, text=text, error=str(refusal))
    return _after(request, membership, item)


@login_required
@require_POST
def comment_remove(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_membership_for(request.user, slug)
    said = get_comment_for(membership, pk)
    with warned(request):
        commenting.remove_comment(said)
    said.item.project = membership.project
    return _after(request, membership, said.item)


@login_required
@require_GET
def item_mentions(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Names that begin with `q`, of those who may read the comments on this item."""
    membership = get_membership_for(request.user, slug)
    item = get_shared_item_for(membership, pk)
    begun = request.GET.get("q", "").replace("\0", "")[:150]
    people = commenting.mentionable(item).exclude(pk=request.user.pk).filter(username__istartswith=begun)
    if hides_names(membership):
        # Who held the item would be told by who can be mentioned here.
        people = people.exclude(memberships__project=membership.project_id, memberships__role=Role.ANNOTATOR)
    return JsonResponse({"names": list(people.values_list("username", flat=True)[:NAMES])})


@login_required
@require_POST
def item_flag(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_membership_for(request.user, slug)
    item = get_shared_item_for(membership, pk)
    form = FlagForm(request.POST)
    form.is_valid()
    try:
        flagging.flag(item, user=request.user, reason=form.sentence)
        notice = notice_of(
            _("Flagged for the reviewers."), _("You can still answer or skip the item."), level="success"
        )
    except Refused as refusal:
        notice = notice_of(str(refusal))
    if wants_desk(request):
        return desk_reply(request, membership, {"notice": notice})
    if wants_partial(request):
        return _conversation(request, membership, item)
    messages.info(request, notice["title"])
    return redirect(_back(request, membership, item))


@login_required
@require_POST
def flag_clear(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_membership_for(request.user, slug)
    raised = get_flag_for(membership, pk)
    with warned(request):
        flagging.clear_flag(raised, by=request.user)
    raised.item.project = membership.project
    return _after(request, membership, raised.item)


@login_required
@never_cache
@require_GET
def flags(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every open flag, the newest first."""
    membership = get_reviewer_membership_for(request.user, slug)
    found = open_flags(membership.project, **ends_of(request))
    names = called(membership, [flag.user for flag in found.rows])
    context = {
        "flags": [
            {"row": flag, "item": item_card(membership.project, flag.item), "by": names[flag.user_id]}
            for flag in found.rows
        ],
        **neighbours(found),
        "position": "",
    }
    return page(
        request, membership, "comments/flags.html", context, section="review", partial="comments/flag_list.html"
    )


def _conversation(
    request: SignedInRequest, membership: Membership, item: Item, *, text: str = "", error: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "item": item_card(membership.project, item),
        "conversation": conversation_for(membership, item),
        "text": text,
        "error": error,
        "limit": commenting.COMMENT_LENGTH,
    }
    return page(
        request,
        membership,
        "comments/page.html",
        context,
        section="review" if membership.may_review else "annotate",
        partial="comments/conversation.html",
        status=422 if error else 200,
    )


def _after(request: SignedInRequest, membership: Membership, item: Item) -> HttpResponse:
    """The conversation as it is now; a plain form is sent to its page first."""
    if wants_partial(request):
        return _conversation(request, membership, item)
    return redirect(_back(request, membership, item))


def _back(request: SignedInRequest, membership: Membership, item: Item) -> str:
    if request.POST.get("then") == "flags" and membership.may_review:
        return reverse("flags", args=[membership.project.slug])
    return reverse("item_comments", args=[membership.project.slug, item.pk])
