"""The annotation page: one card, one decision; every answer's response already carries the next card."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.annotating import BUTTONS, SkipForm, SubmissionForm
from annotation.models import Annotator, Assignment, Membership, Project
from annotation.questions import Answers, InvalidAnswer
from annotation.reports import revealed_for, suggestions_for
from annotation.reports.queue import held_by_others, my_progress
from annotation.workflow import annotating, queueing
from annotation.workflow.access import get_annotator_for, get_assignment_for, get_membership_for
from annotation.workflow.errors import AssignmentClosed, Conflict, KeyReused

from .cards import answer_titles, item_card, question_cards, read_answers
from .rendering import page, wants_partial
from .requests import SignedInRequest
from .suggestions import comparison, notice_of, suggestion_card

SECTION = "annotate"
RECORDED_ALREADY = "An earlier answer of yours to this item was recorded. Go back to it to change it."


@login_required
@never_cache
@require_GET
def annotate(request: SignedInRequest, slug: str) -> HttpResponse:
    """What this person was working on, or the item where their vote is worth most."""
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
        annotation, _ = annotating.submit(
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
        return _lost(request, membership, str(closed), answers)
    except KeyReused:
        return _lost(request, membership, RECORDED_ALREADY, answers)
    notice = comparison(lease, annotation.answers)
    return _next_card(request, membership, annotator, saved="Saved.", notice=notice, can_undo=True)


@login_required
@require_POST
def annotate_skip(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    form = SkipForm(request.POST)
    form.is_valid()
    try:
        queueing.skip(get_assignment_for(annotator, assignment), reason=form.sentence)
    except AssignmentClosed as closed:
        return _lost(request, membership, str(closed), {})
    return _next_card(request, membership, annotator, saved="Skipped.")


@login_required
@require_POST
def annotate_undo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Back to the latest answer, with its choice still selected; again, to the one before."""
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    latest = annotating.find_undoable(annotator.pk)
    if latest is None:
        return _next_card(request, membership, annotator, notice=notice_of("There is nothing to take back."))
    try:
        reopened = annotating.undo(latest)
    except Conflict as conflict:
        return _next_card(request, membership, annotator, notice=notice_of(str(conflict)))
    if not wants_partial(request):
        return redirect("annotate", slug)
    return _card(request, membership, annotator, reopened, saved="Taken back.")


@login_required
@require_POST
def annotate_renew(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    """The heartbeat of an open card: 204, or 409 when the lease went on."""
    annotator = get_annotator_for(get_membership_for(request.user, slug))
    try:
        queueing.renew(get_assignment_for(annotator, assignment))
    except AssignmentClosed:
        return HttpResponse(status=409)
    return HttpResponse(status=204)


def _next_card(
    request: SignedInRequest,
    membership: Membership,
    annotator: Annotator,
    *,
    saved: str = "",
    notice: dict[str, str] | None = None,
    can_undo: bool | None = None,
) -> HttpResponse:
    """The next card; a plain form is sent back to the page first, so that a reload does not post again."""
    if request.method == "POST" and not wants_partial(request):
        messages.success(request, notice["title"] if notice else saved)
        return redirect("annotate", membership.project.slug)
    lease = queueing.find_open(annotator) or queueing.claim(annotator)
    if lease is None:
        return _empty(request, membership, annotator, saved=saved, can_undo=can_undo)
    return _card(request, membership, annotator, lease, saved=saved, notice=notice, can_undo=can_undo)


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
    context = _decision(membership.project, lease, draft=draft, error=error, suggestions=suggestions) | {
        "progress": my_progress(annotator, holding=True),
        "can_undo": _can_undo(annotator, can_undo),
        "undo_url": reverse("annotate_undo", args=[membership.project.slug]),
        "saved": saved,
        "notice": notice,
    }
    return page(
        request,
        membership,
        "annotate/page.html",
        context,
        section=SECTION,
        partial="annotate/card.html",
        status=422 if error else 200,
    )


def _decision(
    project: Project,
    lease: Assignment,
    *,
    draft: Answers | None,
    error: InvalidAnswer | None,
    suggestions: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    """The part of the card's context that is about the item: what it shows, what is asked, where the answer goes."""
    shown = suggestions_for(lease) if suggestions is None else suggestions
    return {
        "assignment": lease,
        "item": item_card(project, lease.item),
        "questions": question_cards(
            project,
            draft=lease.draft if draft is None else draft,
            shares=shown[0]["distribution"] if shown else None,
            error=error,
        ),
        "suggestion": suggestion_card(project, shown[0]) if shown else None,
        "blind_first": project.blind_first,
        "idempotency_key": str(uuid.uuid4()),
        "submit_url": reverse("annotate_submit", args=[project.slug, lease.pk]),
        "skip_url": reverse("annotate_skip", args=[project.slug, lease.pk]),
        "skip_reasons": BUTTONS,
        "renew_url": reverse("annotate_renew", args=[project.slug, lease.pk]),
    }


def _empty(
    request: SignedInRequest, membership: Membership, annotator: Annotator, *, saved: str, can_undo: bool | None
) -> HttpResponse:
    context = {
        "assignment": None,
        "progress": my_progress(annotator, holding=False),
        "waiting": held_by_others(annotator),
        "total_items": membership.project.items.order_by()[:1].count(),
        "can_undo": _can_undo(annotator, can_undo),
        "undo_url": reverse("annotate_undo", args=[membership.project.slug]),
        "saved": saved,
    }
    return page(request, membership, "annotate/page.html", context, section=SECTION, partial="annotate/empty.html")


def _lost(request: SignedInRequest, membership: Membership, reason: str, answers: Answers) -> HttpResponse:
    context = {"reason": reason, "answers": answer_titles(membership.project, answers)}
    return page(
        request,
        membership,
        "annotate/lost_page.html",
        context,
        section=SECTION,
        partial="annotate/lost.html",
        status=409,
    )


def _can_undo(annotator: Annotator, known: bool | None) -> bool:
    return annotating.find_undoable(annotator.pk) is not None if known is None else known
