"""One member's work, for managers and for themselves; the terms they work on; their qualification."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.people import TermsForm
from annotation.models import Annotator, Membership, Project, Qualification, QualificationState
from annotation.reports.people import Agreed, Day, Work, answers_of, work_of
from annotation.reports.review_record import review_record_of
from annotation.workflow.access import (
    get_annotator_for,
    get_manager_membership_for,
    get_member_for,
    get_membership_for,
)
from annotation.workflow.admitting import Hold, standing_of
from annotation.workflow.downloading import spreadsheet
from annotation.workflow.errors import Refused
from annotation.workflow.people import Terms, change_terms
from annotation.workflow.qualifying import asked_to_qualify, find_newest, retry, waive

from .cards import answer_titles
from .people import checked_card
from .rendering import page, refuse, warned
from .requests import SignedInRequest

# The bars' plane, in its own units: templates/people/days.html draws the axis to fit.
LEFT, BASE, HEIGHT, STEP, WIDTH = 36.0, 130.0, 116.0, 18.0, 13.0


@login_required
@require_GET
def my_work(request: SignedInRequest, slug: str) -> HttpResponse:
    """A person's own work. Of others it says nothing but how far they agree."""
    membership = get_membership_for(request.user, slug)
    return _person(request, membership, membership, own=True)


@login_required
@require_GET
def my_answers_csv(request: SignedInRequest, slug: str) -> StreamingHttpResponse:
    membership = get_membership_for(request.user, slug)
    # Which items are hidden checks is not for who is checked.
    return _csv(membership, checks=False)


@login_required
@require_GET
def member(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    return _person(request, membership, get_member_for(membership, pk))


@login_required
@require_GET
def member_csv(request: SignedInRequest, slug: str, pk: int) -> StreamingHttpResponse:
    return _csv(get_member_for(get_manager_membership_for(request.user, slug), pk), checks=True)


@login_required
@require_POST
def member_terms(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    shown = get_member_for(membership, pk)
    form = TermsForm(request.POST)
    if form.is_valid():
        try:
            change_terms(shown, form.terms(shown.role), by=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("member", slug, pk)
    return _person(request, membership, shown, form=form)


@login_required
@require_POST
def member_qualification(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """`decision`: retry (another round) or waive (none)."""
    membership = get_manager_membership_for(request.user, slug)
    shown = get_member_for(membership, pk)
    with warned(request):
        if request.POST.get("decision") == "waive":
            waive(shown, by=request.user)
            messages.success(request, _("They may work without a round."))
        else:
            retry(shown, by=request.user)
            messages.success(request, _("They are given another round."))
    return redirect("member", slug, pk)


@login_required
@never_cache
@require_http_methods(["GET"])
def qualification(request: SignedInRequest, slug: str) -> HttpResponse:
    """Where somebody stands in their own round: what it is, how far they are, how it ended."""
    membership = get_membership_for(request.user, slug)
    annotator = get_annotator_for(membership)
    hold = standing_of(annotator).hold
    context = {
        "round": _round(find_newest(annotator)),
        "asked": asked_to_qualify(membership),
        "waiting": hold is Hold.NO_CHECKS,
        "items": membership.project.qualification_items,
        "mark": 100 * membership.project.qualification_mark,
    }
    return page(request, membership, "people/qualification.html", context, section="annotate")


def _person(
    request: SignedInRequest,
    membership: Membership,
    shown: Membership,
    *,
    form: TermsForm | None = None,
    own: bool = False,
) -> HttpResponse:
    annotator = get_annotator_for(shown)
    work = work_of(shown.project, annotator)
    slug = membership.project.slug
    context = {
        "member": shown,
        "own": own,
        "work": work,
        "seconds": _seconds(work.seconds),
        "days": _bars(work.days),
        "checked": checked_card(work.checked),
        "agreed": [_agreed(each) for each in work.agreed],
        "recent": _recent(shown, work, own=own),
        "csv_url": reverse("my_answers_csv", args=[slug]) if own else reverse("member_csv", args=[slug, shown.pk]),
        "asked": asked_to_qualify(shown),
        "round": _round(find_newest(annotator)),
        "form": None if own else form or TermsForm.of(Terms.of(shown)),
        "reweighing": annotator.reweighed_through is not None,
        "reviewed": None if own else _reviewed(shown.project, annotator),
    }
    status = 422 if form is not None else 200
    section = "overview" if own else "people"
    return page(request, membership, "people/person.html", context, section=section, status=status)


def _reviewed(project: Project, annotator: Annotator) -> dict[str, Any] | None:
    """Nothing where nothing is drawn and nothing ever was."""
    record = review_record_of(project, annotator)
    if not record.reviewed and not record.rate:
        return None
    return {"reviewed": record.reviewed, "accepted": record.accepted, "rate": 100 * record.rate}


def _csv(shown: Membership, *, checks: bool) -> StreamingHttpResponse:
    annotator = get_annotator_for(shown)
    return StreamingHttpResponse(
        spreadsheet(answers_of(shown.project, annotator, checks=checks)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="answers-{annotator.pk}.csv"'},
    )


def _bars(days: list[Day]) -> dict[str, Any]:
    """One bar a day, and the same as a table of the days on which something was answered, newest first."""
    most = max((day.answers for day in days), default=0)
    bars = [
        {
            "x": LEFT + STEP * number,
            "y": BASE - HEIGHT * day.answers / (most or 1),
            "height": HEIGHT * day.answers / (most or 1),
            "width": WIDTH,
        }
        for number, day in enumerate(days)
        if day.answers
    ]
    worked = [{"day": day.day, "answers": day.answers, "seconds": _seconds(day.seconds)} for day in days if day.answers]
    return {
        "bars": bars,
        "most": most,
        "first": days[0].day,
        "last": days[-1].day,
        "end": LEFT + STEP * len(days),
        "rows": worked[::-1],
    }


def _agreed(agreed: Agreed) -> dict[str, Any]:
    others = agreed.others
    return {
        "title": agreed.title,
        "settled": agreed.settled,
        "percent": None if agreed.with_settled is None else 100 * agreed.with_settled,
        "alpha": "" if others.alpha is None else floatformat(others.alpha, 2),
        "raw": None if others.raw is None else 100 * others.raw,
        "pairs": others.items,
        "undefined": others.undefined,
    }


def _recent(shown: Membership, work: Work, *, own: bool) -> list[dict[str, Any]]:
    slug = shown.project.slug
    return [
        {
            "item": each.item,
            "text": " · ".join(str(value) for value in each.item.fields.values())[:200],
            "answers": answer_titles(shown.project, each.answers),
            "seconds": _seconds(each.seconds),
            "at": each.created_at,
            "url": "" if own else reverse("item", args=[slug, each.item_id]),
        }
        for each in work.recent
    ]


def _round(newest: Qualification | None) -> dict[str, Any] | None:
    if newest is None:
        return None
    return {
        "state": newest.state,
        "title": newest.get_state_display(),
        "answered": newest.answered,
        "right": newest.right,
        "items": newest.items,
        "percent": 100 * newest.answered / newest.items if newest.items else 0,
        "share": 100 * newest.right / newest.items if newest.items else 0,
        "mark": 100 * newest.mark,
        "finished_at": newest.finished_at,
        "running": newest.state == QualificationState.RUNNING,
        "over": newest.state != QualificationState.RUNNING,
        "admits": QualificationState(newest.state).admits,
    }


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{number_format(seconds, 1)} s" if seconds < 100 else f"{seconds / 60:.0f} min"
