"""The annotation page: one card, one decision; the next card is in the page before it is needed.

Without script every form here is a plain one. With it (`static/js/annotate.js`) answers are sent from behind the
card that follows, and what is said to them is a desk reply: a few pieces of HTML as JSON.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.annotating import BUTTONS, FLAG_BUTTONS, LeaseForm, SkipForm, SubmissionForm
from annotation.models import Annotator, Assignment, AssignmentState, Membership, Project, ReturnedAnswer
from annotation.questions import Answers, InvalidAnswer
from annotation.reports import revealed_for, suggestions_for
from annotation.reports.guidelines import changes, find_guidelines
from annotation.reports.queue import held_by_others, my_progress
from annotation.workflow import annotating, queueing
from annotation.workflow.access import get_annotator_for, get_assignment_for, get_membership_for
from annotation.workflow.acknowledging import begin_reading
from annotation.workflow.errors import AssignmentClosed, Conflict, KeyReused

from .cards import answer_titles, item_card, question_cards, read_answers
from .desk import desk_reply, shown_lease, wants_desk
from .rendering import page
from .requests import SignedInRequest
from .standing import feedback, hold_card
from .suggestions import comparison, notice_of, suggestion_card

SECTION = "annotate"
RECORDED_ALREADY = gettext_noop("An earlier answer of yours to this item was recorded. Go back to it to change it.")


@login_required
@never_cache
@require_GET
def annotate(request: SignedInRequest, slug: str) -> HttpResponse:
    """What this person was working on, or the item where their vote is worth most; `lease` names one of their own."""
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    begin_reading(membership)
    form = LeaseForm(request.GET)
    asked = form.cleaned_data["lease"] if form.is_valid() else None
    lease = queueing.find_open(annotator, only=asked) if asked else None
    return _next_card(request, membership, annotator, lease=lease)


@login_required
@require_POST
def annotate_ahead(request: SignedInRequest, slug: str) -> HttpResponse:
    """The card that follows the one on the screen."""
    membership = get_membership_for(request.user, slug)
    return _next_card(request, membership, get_annotator_for(membership))


@login_required
@require_POST
def annotate_submit(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    lease = get_assignment_for(annotator, assignment)
    form = SubmissionForm(request.POST)
    form.is_valid()
    answers = read_answers(request, membership.project)
    suggestions = suggestions_for(lease)
    try:
        annotation, _new = annotating.submit(
            assignment=lease,
            answers=answers,
            seconds=form.seconds_spent,
            idempotency_key=form.cleaned_data.get("idempotency_key", ""),
            # An answer that was taken back has been met with the models' votes since.
            suggestion_seen=bool(suggestions or (lease.draft and revealed_for(lease))),
        )
    except InvalidAnswer as error:
        return _card(request, membership, annotator, lease, draft=answers, error=error, suggestions=suggestions)
    except AssignmentClosed as closed:
        return _lost(request, membership, lease, str(closed), answers)
    except KeyReused:
        return _lost(request, membership, lease, _(RECORDED_ALREADY), answers)
    notice = feedback(lease, annotation) or comparison(lease, annotation.answers)
    return _next_card(request, membership, annotator, saved=_("Saved."), notice=notice, can_undo=True)


@login_required
@require_POST
def annotate_skip(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    lease = get_assignment_for(annotator, assignment)
    form = SkipForm(request.POST)
    form.is_valid()
    try:
        queueing.skip(lease, reason=form.sentence)
    except AssignmentClosed as closed:
        # Sent again because the answer to it got lost: it is done, so there is nothing to complain of.
        if lease.state != AssignmentState.SKIPPED:
            return _lost(request, membership, lease, str(closed), {})
    return _next_card(request, membership, annotator, saved=_("Skipped."))


@login_required
@require_POST
def annotate_undo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Back to the latest answer, with its choice still selected; again, to the one before."""
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    latest = annotating.find_undoable(annotator.pk)
    if latest is None:
        nothing = notice_of(_("There is nothing to take back."))
        return _next_card(request, membership, annotator, notice=nothing, can_undo=False)
    try:
        reopened = annotating.undo(latest)
    except Conflict as conflict:
        return _next_card(request, membership, annotator, notice=notice_of(str(conflict)))
    if not wants_desk(request):
        return redirect("annotate", slug)
    return _card(request, membership, annotator, reopened, saved=_("Taken back."))


def _next_card(
    request: SignedInRequest,
    membership: Membership,
    annotator: Annotator,
    *,
    lease: Assignment | None = None,
    saved: str = "",
    notice: dict[str, str] | None = None,
    can_undo: bool | None = None,
) -> HttpResponse:
    """The next card; a plain form is sent back to the page first, so that a reload does not post again."""
    if request.method == "POST" and not wants_desk(request):
        messages.success(request, notice["title"] if notice else saved)
        return redirect("annotate", membership.project.slug)
    shown = shown_lease(request)
    if shown is not None:
        return _ahead(request, membership, annotator, shown, saved=saved, notice=notice, can_undo=can_undo)
    lease = lease or queueing.take_next(annotator)
    if lease is None:
        return _empty(request, membership, annotator, saved=saved, notice=notice, can_undo=can_undo)
    return _card(request, membership, annotator, lease, saved=saved, notice=notice, can_undo=can_undo)


def _ahead(
    request: SignedInRequest,
    membership: Membership,
    annotator: Annotator,
    shown: int,
    *,
    saved: str,
    notice: dict[str, str] | None,
    can_undo: bool | None,
) -> HttpResponse:
    """The person works on `shown` already: it is theirs for longer, and what follows it is laid ready."""
    held = queueing.keep(annotator, shown)
    ahead = queueing.claim_ahead(annotator, beside=shown)
    context = _bar(membership, annotator, holding=True, saved=saved, notice=notice, can_undo=can_undo)
    card = {} if ahead is None else _decision(membership.project, ahead) | context
    return desk_reply(request, membership, context, ahead=card, lost=not held)


def _card(
    request: SignedInRequest,
    membership: Membership,
    annotator: Annotator,
    lease: Assignment,
    *,
    draft: Answers | None = None,
    error: InvalidAnswer | None = None,
    suggestions: list[dict[str, Any]] | None = None,
    saved: str = "",
    notice: dict[str, str] | None = None,
    can_undo: bool | None = None,
) -> HttpResponse:
    status = 422 if error else 200
    context = _decision(membership.project, lease, draft=draft, error=error, suggestions=suggestions)
    context |= _bar(membership, annotator, holding=True, saved=saved, notice=notice, can_undo=can_undo)
    if wants_desk(request):
        return desk_reply(request, membership, context, card="annotate/card.html", status=status)
    context |= _guidelines_change(membership)
    return page(request, membership, "annotate/page.html", context, section=SECTION, status=status)


def _decision(
    project: Project,
    lease: Assignment,
    *,
    draft: Answers | None = None,
    error: InvalidAnswer | None = None,
    suggestions: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The part of the card's context that is about the item: what it shows, what is asked, where the answer goes."""
    shown = suggestions_for(lease) if suggestions is None else suggestions
    return {
        "assignment": lease,
        "item": item_card(project, lease.item, lease),
        "questions": question_cards(
            project,
            draft=lease.draft if draft is None else draft,
            shares=shown[0]["distribution"] if shown else None,
            suggested=shown[0]["answers"] if shown else None,
            error=error,
            fields=lease.item.fields,
            lease=lease,
        ),
        "returned": _returned(lease),
        "suggestion": suggestion_card(project, shown[0]) if shown else None,
        "blind_first": project.blind_first,
        "idempotency_key": str(uuid.uuid4()),
        "submit_url": reverse("annotate_submit", args=[project.slug, lease.pk]),
        "skip_url": reverse("annotate_skip", args=[project.slug, lease.pk]),
        "skip_reasons": BUTTONS,
        "flag_url": reverse("item_flag", args=[project.slug, lease.item_id]),
        "flag_reasons": FLAG_BUTTONS,
    }


def _returned(lease: Assignment) -> ReturnedAnswer | None:
    """Why this person has the item again. What the queue gave was never returned, and is not asked about."""
    if lease.given_by_id is None:
        return None
    return lease.returned_answers.select_related("reviewer").first()


def _bar(
    membership: Membership,
    annotator: Annotator,
    *,
    holding: bool,
    saved: str,
    notice: dict[str, str] | None,
    can_undo: bool | None,
) -> dict[str, Any]:
    """What stands around the card."""
    return {
        "progress": my_progress(annotator, holding=holding),
        "can_undo": annotating.find_undoable(annotator.pk) is not None if can_undo is None else can_undo,
        "undo_url": reverse("annotate_undo", args=[membership.project.slug]),
        "saved": saved,
        "notice": notice,
    }


def _empty(
    request: SignedInRequest,
    membership: Membership,
    annotator: Annotator,
    *,
    saved: str,
    notice: dict[str, str] | None,
    can_undo: bool | None,
) -> HttpResponse:
    context = {
        "assignment": None,
        "hold": hold_card(annotator),
        "waiting": held_by_others(annotator),
        "total_items": membership.project.items.order_by()[:1].count(),
        **_bar(membership, annotator, holding=False, saved=saved, notice=notice, can_undo=can_undo),
    }
    if wants_desk(request):
        return desk_reply(request, membership, context, card="annotate/empty.html")
    context |= _guidelines_change(membership)
    return page(request, membership, "annotate/page.html", context, section=SECTION)


def _lost(
    request: SignedInRequest, membership: Membership, lease: Assignment, reason: str, answers: Answers
) -> HttpResponse:
    context = {
        "reason": reason,
        "answers": answer_titles(membership.project, answers),
        "item": item_card(membership.project, lease.item, lease),
    }
    if wants_desk(request):
        return desk_reply(request, membership, context, card="annotate/lost.html", status=409)
    return page(request, membership, "annotate/lost_page.html", context, section=SECTION, status=409)


def _guidelines_change(membership: Membership) -> dict[str, Any]:
    """What changed in the guidelines since this person last took note of them."""
    project, seen = membership.project, membership.guidelines_seen
    if seen is None or seen >= project.guidelines_version:
        return {}
    before = find_guidelines(project, seen)
    if before is None or before == project.guidelines:
        return {}
    return {"guidelines_change": changes(before, project.guidelines), "guidelines_before": seen}
