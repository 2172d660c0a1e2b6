"""Reviewers decide: what waits, one item with its votes side by side, the decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import push_url

from annotation.forms.paging import CursorForm
from annotation.forms.reviewing import ResolutionForm
from annotation.models import Annotation, Item, Membership, Project, Stage
from annotation.questions import InvalidAnswer
from annotation.reports.review_queue import ReviewRow, find_next, position_of, review_page
from annotation.reports.review_reasons import reasons_for
from annotation.workflow import reviewing
from annotation.workflow.access import get_item_for, get_reviewer_membership_for
from annotation.workflow.errors import VersionConflict

from .cards import answer_titles, item_card, question_cards, read_answers, share_titles, shares_of, vote_card
from .rendering import page, wants_partial
from .requests import SignedInRequest

SECTION = "review"
SAVED = "Decided."


@login_required
@require_GET
def review_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """Every item in doubt, in order of import."""
    membership = get_reviewer_membership_for(request.user, slug)
    project = membership.project
    form = CursorForm(request.GET)
    form.is_valid()
    waiting = review_page(project, after=form.cleaned_data.get("after"), before=form.cleaned_data.get("before"))
    context = {
        "rows": [_row(project, row) for row in waiting.rows],
        "previous_url": f"?before={waiting.previous}" if waiting.previous else None,
        "next_url": f"?after={waiting.next}" if waiting.next else None,
        "position": f"{waiting.total:,} to review" if waiting.rows else "",
    }
    return page(request, membership, "review/list.html", context, section=SECTION)


@login_required
@never_cache
@require_GET
def review_item(request: SignedInRequest, slug: str, item: int) -> HttpResponse:
    membership = get_reviewer_membership_for(request.user, slug)
    return _card(request, membership, get_item_for(membership, item))


@login_required
@require_POST
def review_resolve(request: SignedInRequest, slug: str, item: int) -> HttpResponse:
    """Decide, and go on to the next item. The choice and the comment survive an error and a conflict."""
    membership = get_reviewer_membership_for(request.user, slug)
    decided = get_item_for(membership, item)
    decided.project = membership.project
    form = ResolutionForm(request.POST)
    answers, comment = read_answers(request, membership.project), request.POST.get("comment", "")
    if not form.is_valid():
        problem = InvalidAnswer("answers", " ".join(str(error) for errors in form.errors.values() for error in errors))
        return _card(request, membership, decided, draft=answers, comment=comment, error=problem)
    try:
        reviewing.resolve(
            item=decided,
            reviewer=request.user,
            answers=answers,
            version=form.cleaned_data["version"],
            comment=form.cleaned_data["comment"],
        )
    except InvalidAnswer as error:
        return _card(request, membership, decided, draft=answers, comment=comment, error=error)
    except VersionConflict as conflict:
        fresh = get_item_for(membership, item)
        shown = _conflict(membership.project, conflict.current)
        return _card(request, membership, fresh, draft=answers, comment=comment, conflict=shown)
    return _next(request, membership, decided)


def _next(request: SignedInRequest, membership: Membership, decided: Item) -> HttpResponse:
    """The next item in the same response; a plain form is sent to its page."""
    slug = membership.project.slug
    following = find_next(membership.project, decided.pk)
    address = reverse("review_item", args=[slug, following]) if following else reverse("review_list", args=[slug])
    if not wants_partial(request):
        messages.success(request, SAVED)
        return redirect(address)
    if following is None:
        context = {"saved": SAVED}
        response = page(request, membership, "review/list.html", context, section=SECTION, partial="review/empty.html")
    else:
        response = _card(request, membership, get_item_for(membership, following), saved=SAVED)
    return push_url(response, address)


def _card(
    request: SignedInRequest,
    membership: Membership,
    item: Item,
    *,
    draft: Mapping[str, Any] | None = None,
    comment: str = "",
    error: InvalidAnswer | None = None,
    conflict: dict[str, Any] | None = None,
    saved: str = "",
) -> HttpResponse:
    project = membership.project
    consensus = {row.question: row for row in item.consensus.all()}
    annotations = list(Annotation.objects.on_record().filter(item=item).select_related("annotator"))
    revised = _revised(item)
    following = find_next(project, item.pk)
    context = {
        "item": item_card(project, item),
        "reason": _why(project, item),
        "version": item.version,
        "questions": question_cards(
            project,
            draft=_proposal(item) if draft is None else draft,
            shares={name: row.distribution for name, row in consensus.items()},
            consensus={name: row.value for name, row in consensus.items()},
            error=error,
            fields=item.fields,
        ),
        "votes": [_vote(item, annotation, revised) for annotation in annotations],
        "comment": comment,
        "resolve_url": reverse("review_resolve", args=[project.slug, item.pk]),
        "next_url": reverse("review_item", args=[project.slug, following]) if following else None,
        "list_url": reverse("review_list", args=[project.slug]),
        "position": _position(project, item),
        "saved": saved,
        "conflict": conflict,
    }
    status = 409 if conflict else 422 if error else 200
    return page(
        request, membership, "review/page.html", context, section=SECTION, partial="review/card.html", status=status
    )


def _row(project: Project, row: ReviewRow) -> dict[str, Any]:
    questions = {question.name: question for question in project.question_list}
    top = [
        share
        for consensus in row.leading[:1]
        if (question := questions.get(consensus.question))
        for share in share_titles(question, consensus.distribution, row.item.fields)[:2]
    ]
    return {
        "url": reverse("review_item", args=[project.slug, row.item.pk]),
        "text": row.text,
        "stage": row.item.stage,
        "reason": row.reason,
        "people": row.people,
        "models": row.models,
        "top": top,
        "since": row.since,
    }


def _why(project: Project, item: Item) -> str:
    if item.stage not in (Stage.DISPUTED, Stage.REVIEW):
        return ""
    reason = f"{reasons_for(project, [item])[item.pk]}."
    return f"{reason} A judge is still looking at it; you need not wait." if item.stage == Stage.DISPUTED else reason


def _proposal(item: Item) -> dict[str, Any]:
    """What is selected at first: only what more than half of the votes say, so that Enter never breaks a tie."""
    return {row.question: row.value for row in item.consensus.all() if row.posterior > 0.5}


def _revised(item: Item) -> set[int]:
    """The annotators who took an answer to this item back, or changed it."""
    return set(item.annotations.filter(superseded_at__isnull=False).values_list("annotator_id", flat=True))


def _vote(item: Item, annotation: Annotation, revised: set[int]) -> dict[str, Any]:
    return {
        **vote_card(item.project, annotation),
        "answers_json": json.dumps(annotation.answers, ensure_ascii=False),
        "shares": shares_of(item.project, annotation.distribution, item.fields),
        "revised": annotation.annotator_id in revised,
    }


def _position(project: Project, item: Item) -> str:
    if item.stage not in (Stage.DISPUTED, Stage.REVIEW):
        return ""
    place, total = position_of(project, item)
    return f"{place:,} of {total:,}"


def _conflict(project: Project, current: dict[str, Any]) -> dict[str, Any]:
    return {
        "by": current.get("resolved_by"),
        "at": current.get("resolved_at"),
        "answers": answer_titles(project, current.get("answers", {})),
        "comment": current.get("comment", ""),
    }
