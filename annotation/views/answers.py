"""What somebody answered and skipped, and the way back to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.answers import MyAnswersForm
from annotation.models import Annotation, Assignment, Project
from annotation.questions import as_text
from annotation.reports.my_answers import MyFilter
from annotation.reports.my_answers import my_answers as answers_of
from annotation.reports.my_answers import my_skips as skips_of
from annotation.workflow import annotating, queueing
from annotation.workflow.access import (
    get_annotation_for,
    get_annotator_for,
    get_assignment_for,
    get_membership_for,
)
from annotation.workflow.errors import Conflict

from .cards import answer_titles
from .rendering import page
from .requests import SignedInRequest

SECTION = "annotate"


@login_required
@never_cache
@require_GET
def my_answers(request: SignedInRequest, slug: str) -> HttpResponse:
    """Answers or skipped items, by day and by flag; the newest first."""
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    form = MyAnswersForm(request.GET)
    form.is_valid()
    project, cursor = membership.project, form.cursor
    wanted = MyFilter(day=form.cleaned_data.get("day"), flagged=bool(form.cleaned_data.get("flagged")))
    rows: list[dict[str, Any]]
    if form.shows_skips:
        skips = skips_of(annotator, wanted, **cursor)
        rows = [_skip(project, lease) for lease in skips.rows]
        ends = (skips.previous, skips.next)
    else:
        answers = answers_of(annotator, wanted, **cursor)
        rows = [_answer(project, annotation) for annotation in answers.rows]
        ends = (answers.previous, answers.next)
    chosen = form.query
    context = {
        "form": form,
        "rows": rows,
        "skipped": form.shows_skips,
        "filtered": bool(chosen),
        "previous_url": f"?{urlencode({**chosen, 'before': ends[0]})}" if ends[0] else None,
        "next_url": f"?{urlencode({**chosen, 'after': ends[1]})}" if ends[1] else None,
    }
    return page(request, membership, "answers/list.html", context, section=SECTION)


@login_required
@require_POST
def answer_edit(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Take an answer back, and go to its item with the answer still chosen."""
    membership = get_membership_for(request.user, slug)
    annotation = get_annotation_for(get_annotator_for(membership), pk)
    try:
        reopened = annotating.undo(annotation)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect("my_answers", slug)
    return _to_card(slug, reopened)


@login_required
@require_POST
def skip_reopen(request: SignedInRequest, slug: str, assignment: int) -> HttpResponse:
    """Take up again what was skipped."""
    membership = get_membership_for(request.user, slug)
    lease = get_assignment_for(get_annotator_for(membership), assignment)
    try:
        reopened = queueing.reopen(lease)
    except Conflict as conflict:
        messages.warning(request, str(conflict))
        return redirect(f"{reverse('my_answers', args=[slug])}?show=skipped")
    return _to_card(slug, reopened)


def _to_card(slug: str, lease: Assignment) -> HttpResponse:
    return redirect(f"{reverse('annotate', args=[slug])}?lease={lease.pk}")


def _answer(project: Project, annotation: Annotation) -> dict[str, Any]:
    return {
        "pk": annotation.pk,
        "item": annotation.item,
        "text": _excerpt(project, annotation),
        "answers": answer_titles(project, annotation.answers),
        "at": annotation.created_at,
        "decided": getattr(annotation, "decided", False),
        "edit_url": reverse("answer_edit", args=[project.slug, annotation.pk]),
    }


def _skip(project: Project, lease: Assignment) -> dict[str, Any]:
    return {
        "pk": lease.pk,
        "item": lease.item,
        "text": _excerpt(project, lease),
        "reason": lease.reason,
        "at": lease.closed_at,
        "edit_url": reverse("skip_reopen", args=[project.slug, lease.pk]),
    }


def _excerpt(project: Project, row: Annotation | Assignment) -> str:
    first = project.fields[0]
    return as_text(first["type"], row.item.fields.get(first["name"]))
