"""What the annotation page asks for from behind the card: replies in pieces, heartbeats, drafts, pauses."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from annotation.forms.annotating import DeskForm
from annotation.models import Membership
from annotation.workflow import queueing
from annotation.workflow.access import get_annotator_for, get_assignment_for, get_membership_for
from annotation.workflow.drafting import save_draft
from annotation.workflow.errors import AssignmentClosed, Refused

from .cards import read_answers
from .rendering import shell
from .requests import SignedInRequest


def wants_desk(request: SignedInRequest) -> bool:
    """True where the page's own script asks, which knows what to do with the pieces."""
    return request.headers.get("X-Desk") == "1"


def shown_lease(request: SignedInRequest) -> int | None:
    """The lease whose card is on the screen already; None where the reply is to bring one."""
    form = DeskForm(request.POST)
    return form.cleaned_data["shown"] if request.method == "POST" and form.is_valid() else None


def desk_reply(
    request: SignedInRequest,
    membership: Membership,
    context: dict[str, Any],
    *,
    card: str = "",
    ahead: dict[str, Any] | None = None,
    lost: bool = False,
    status: int = 200,
) -> HttpResponse:
    """`card` is to be shown now, `ahead` kept for later; `lost` says that the card on the screen is nobody's."""
    whole = {**shell(request, membership, "annotate"), **context}
    reply: dict[str, Any] = {"saved": context.get("saved", ""), "lost": lost}
    if "progress" in context:
        reply["bar"] = render_to_string("annotate/bar.html", whole, request)
        reply["can_undo"] = context["can_undo"]
    if context.get("notice"):
        reply["notice"] = render_to_string("components/notice.html", context["notice"], request)
    if card:
        reply["card"] = render_to_string(card, whole, request)
    if status == 409:
        reply["refusal"] = render_to_string("annotate/refusal.html", whole, request)
    if ahead:
        reply["ahead"] = render_to_string("annotate/card.html", {**whole, **ahead}, request)
    return JsonResponse(reply, status=status)


@login_required
@require_POST
def annotate_renew(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    """The heartbeat of an open card: whether what lies ahead is still held; 409 when the lease itself went on."""
    annotator = get_annotator_for(get_membership_for(request.user, slug))
    try:
        queueing.renew(get_assignment_for(annotator, assignment))
    except AssignmentClosed:
        return HttpResponse(status=409)
    form = DeskForm(request.POST)
    ahead = form.cleaned_data["ahead"] if form.is_valid() else None
    return JsonResponse({"ahead": ahead is not None and queueing.keep(annotator, ahead, queueing.AHEAD)})


@login_required
@require_POST
def annotate_release(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    """The person pauses: what lies ahead and is not begun goes back to the queue."""
    annotator = get_annotator_for(get_membership_for(request.user, slug))
    queueing.release(get_assignment_for(annotator, assignment))
    return HttpResponse(status=204)


@login_required
@require_POST
def annotate_draft(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    """Unfinished answers, kept for another device; says when they were kept."""
    membership = get_membership_for(request.user, slug)
    lease = get_assignment_for(get_annotator_for(membership), assignment)
    try:
        drafted_at = save_draft(lease, read_answers(request, membership.project))
    except AssignmentClosed:
        return HttpResponse(status=409)
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal)}, status=422)
    return JsonResponse({"drafted": drafted_at.isoformat() if drafted_at else ""})
