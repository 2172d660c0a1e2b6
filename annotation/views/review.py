"""Reviewers decide: what waits, one item with its votes side by side, the decision."""

from __future__ import annotations

from typing import Any, Unpack

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import push_url

from annotation.forms.reviewing import QueueForm, ResolutionForm, ReturnForm, TakeBackForm, read_alike, read_shares
from annotation.models import Item, Membership, Project
from annotation.models.filters import REASONS
from annotation.questions import InvalidAnswer
from annotation.questions.speech import number
from annotation.reports.decisions import last_decisions
from annotation.reports.ordering import InvalidPlace, Place, parse_place, place_of
from annotation.reports.review_queue import ReviewRow, find_next, review_page, waiting_by_reason
from annotation.workflow import reviewing
from annotation.workflow.access import get_decision_for, get_item_for, get_reviewer_membership_for, get_vote_for
from annotation.workflow.deciding_alike import Fate, Outcome, resolve_alike
from annotation.workflow.errors import Refused, VersionConflict
from annotation.workflow.returning import return_answer

from .cards import answer_titles, read_answers, share_titles
from .rendering import faults, page, wants_partial
from .requests import SignedInRequest
from .review_cards import Told, alike_rows, card_of, conflict_card, queue_of, shown_count, soft_shown
from .suggestions import notice_of

SECTION = "review"
SAVED = gettext_noop("Decided.")
RETURNED = gettext_noop("Returned.")


@login_required
@require_GET
def review_list(request: SignedInRequest, slug: str) -> HttpResponse:
    """What waits, by reason; filters, order and the page's place are in its address."""
    membership = get_reviewer_membership_for(request.user, slug)
    project = membership.project
    form = QueueForm(request.GET, project=project)
    after, before = (_begun(form, name) for name in ("after", "before"))
    waiting = review_page(project, queue_of(form), after=after, before=before)
    counts = waiting_by_reason(project)
    chosen = form.filters.reason
    context = {
        "form": form,
        "rows": [_row(project, row, form) for row in waiting.rows],
        "tabs": [
            {
                "title": title,
                "count": shown_count(counts[reason]),
                "query": form.query(reason=reason) or "?",
                "current": reason == chosen,
            }
            for reason, title in REASONS.items()
        ],
        "narrowed": form.is_narrowed,
        "previous_url": form.query(before=str(waiting.previous)) if waiting.previous else None,
        "next_url": form.query(after=str(waiting.next)) if waiting.next else None,
        "position": _("%(total)s to review") % {"total": shown_count(waiting.total)} if waiting.rows else "",
    }
    return page(request, membership, "review/list.html", context, section=SECTION)


@login_required
@never_cache
@require_GET
def review_item(request: SignedInRequest, slug: str, item: int) -> HttpResponse:
    membership = get_reviewer_membership_for(request.user, slug)
    return _card(request, membership, get_item_for(membership, item))


@login_required
@never_cache
@require_GET
def review_alike(request: SignedInRequest, slug: str, item: int) -> HttpResponse:
    """The item with its look-alikes below the decision; to htmx, those alone."""
    membership = get_reviewer_membership_for(request.user, slug)
    shown = get_item_for(membership, item)
    if wants_partial(request):
        context = {"alikes": alike_rows(membership.project, shown)}
        return page(request, membership, "review/alike.html", context, section=SECTION)
    return _card(request, membership, shown, alike=True)


@login_required
@require_POST
def review_resolve(request: SignedInRequest, slug: str, item: int) -> HttpResponse:
    """Decide, with the look-alikes that are ticked, and go on. Choice and comment survive an error and a conflict."""
    membership = get_reviewer_membership_for(request.user, slug)
    project = membership.project
    decided = get_item_for(membership, item)
    decided.project = project
    form, queue = ResolutionForm(request.POST), QueueForm(request.GET, project=project)
    answers, comment = read_answers(request, project), request.POST.get("comment", "")
    if not form.is_valid():
        problem = InvalidAnswer("answers", faults(form))
        return _card(request, membership, decided, draft=answers, comment=comment, error=problem)
    given = form.cleaned_data
    # Asked before it leaves the queue.
    place = place_of(decided, queue.chosen_order)
    soft = read_shares(request.POST, project, soft_shown(project, decided)) if given["ambiguous"] else None
    try:
        reviewing.resolve(
            item=decided,
            reviewer=request.user,
            # What leads in shares that the reviewer has typed follows from them.
            answers={name: answer for name, answer in answers.items() if name not in (soft or {})},
            version=given["version"],
            comment=given["comment"],
            ambiguous=given["ambiguous"],
            distribution=soft,
            clear_flags=given["clear_flags"],
        )
    except InvalidAnswer as error:
        return _card(request, membership, decided, draft=answers, comment=comment, error=error)
    except VersionConflict as conflict:
        fresh = get_item_for(membership, item)
        shown = conflict_card(project, conflict.current)
        return _card(request, membership, fresh, draft=answers, comment=comment, conflict=shown)
    except Refused as refusal:
        problem = InvalidAnswer("answers", str(refusal))
        return _card(request, membership, decided, draft=answers, comment=comment, error=problem)
    alike = read_alike(request.POST)
    if not alike or given["ambiguous"]:
        return _next(request, membership, queue, place, saved=_(SAVED))
    outcomes = resolve_alike(project, alike, reviewer=request.user, answers=answers, comment=given["comment"])
    saved, notice = _told(outcomes)
    return _next(request, membership, queue, place, saved=saved, notice=notice)


@login_required
@require_POST
def review_return(request: SignedInRequest, slug: str, item: int) -> HttpResponse:
    """Give one person's answer back to them, with a comment, and go on."""
    membership = get_reviewer_membership_for(request.user, slug)
    shown = get_item_for(membership, item)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _card(request, membership, shown, notice=notice_of(faults(form)), status=422)
    given = form.cleaned_data
    answer = get_vote_for(membership, shown, given["annotation"])
    queue = QueueForm(request.GET, project=membership.project)
    place = place_of(shown, queue.chosen_order)
    try:
        return_answer(answer, reviewer=request.user, comment=given["comment"], version=given["version"])
    except VersionConflict as conflict:
        fresh, told = get_item_for(membership, item), conflict_card(membership.project, conflict.current)
        return _card(request, membership, fresh, conflict=told)
    except Refused as refusal:
        return _card(request, membership, shown, notice=notice_of(str(refusal)), status=422)
    return _next(request, membership, queue, place, saved=_(RETURNED))


@login_required
@require_POST
def review_take_back(request: SignedInRequest, slug: str) -> HttpResponse:
    """Withdraw one's latest decision, or the one named, and show its item with the decision still chosen."""
    membership = get_reviewer_membership_for(request.user, slug)
    project = membership.project
    form = TakeBackForm(request.POST)
    form.is_valid()
    named, version = form.cleaned_data.get("decision"), form.cleaned_data.get("version")
    latest = [] if named else last_decisions(project, request.user, most=1)
    if not named and not latest:
        messages.warning(request, _("There is nothing to take back."))
        return redirect("review_list", slug)
    decision = get_decision_for(membership, named or latest[0].row.pk)
    item, answers, comment = decision.item, decision.answers, decision.comment
    seen = version if version is not None else decision.version + 1
    try:
        reviewing.take_back(decision, by=request.user, version=seen)
    except VersionConflict as conflict:
        fresh, told = get_item_for(membership, item.pk), conflict_card(project, conflict.current)
        return _card(request, membership, fresh, draft=answers, comment=comment, conflict=told)
    except Refused as refusal:
        return _card(request, membership, get_item_for(membership, item.pk), notice=notice_of(str(refusal)))
    address = reverse("review_item", args=[slug, item.pk]) + QueueForm(request.GET, project=project).query()
    if not wants_partial(request):
        messages.success(request, _("Taken back."))
        return redirect(address)
    fresh = get_item_for(membership, item.pk)
    return push_url(_card(request, membership, fresh, draft=answers, comment=comment, saved=_("Taken back.")), address)


@login_required
@never_cache
@require_GET
def review_decisions(request: SignedInRequest, slug: str) -> HttpResponse:
    """One's last ten decisions, each with a way back."""
    membership = get_reviewer_membership_for(request.user, slug)
    project = membership.project
    context = {
        "decisions": [
            {
                "row": each.row,
                "version": each.version,
                "stands": each.stands,
                "answers": answer_titles(project, each.row.answers),
                "url": reverse("review_item", args=[slug, each.row.item_id]),
            }
            for each in last_decisions(project, request.user)
        ],
        "take_back_url": reverse("review_take_back", args=[slug]),
    }
    return page(request, membership, "review/decisions.html", context, section=SECTION)


def _next(
    request: SignedInRequest,
    membership: Membership,
    queue: QueueForm,
    place: Place,
    *,
    saved: str,
    notice: dict[str, str] | None = None,
) -> HttpResponse:
    """The item after this place in the same response; a plain form is sent to its page."""
    project, slug = membership.project, membership.project.slug
    following = find_next(project, queue_of(queue), place)
    address = reverse("review_item", args=[slug, following]) if following else reverse("review_list", args=[slug])
    address += queue.query()
    if not wants_partial(request):
        messages.success(request, saved)
        if notice:
            messages.warning(request, f"{notice['title']} {notice.get('text', '')}")
        return redirect(address)
    if following is None:
        context = {
            "saved": saved,
            "notice": notice,
            "can_take_back": bool(last_decisions(project, request.user, most=1)),
            "take_back_url": reverse("review_take_back", args=[slug]) + queue.query(),
            "list_url": reverse("review_list", args=[slug]),
        }
        response = page(request, membership, "review/list.html", context, section=SECTION, partial="review/empty.html")
    else:
        shown = get_item_for(membership, following)
        response = _card(request, membership, shown, queue=queue, saved=saved, notice=notice)
    return push_url(response, address)


def _card(
    request: SignedInRequest,
    membership: Membership,
    item: Item,
    *,
    queue: QueueForm | None = None,
    status: int = 200,
    **told: Unpack[Told],
) -> HttpResponse:
    context = card_of(membership, item, queue or QueueForm(request.GET, project=membership.project), **told)
    status = 409 if told.get("conflict") else 422 if told.get("error") else status
    return page(
        request, membership, "review/page.html", context, section=SECTION, partial="review/card.html", status=status
    )


def _begun(form: QueueForm, name: str) -> Place | None:
    """Where the page begins (`after`) or ends (`before`); None where it says nothing that fits the order."""
    raw = form.cleaned_data.get(name)
    try:
        return parse_place(raw, form.chosen_order) if raw else None
    except InvalidPlace:
        return None


def _row(project: Project, row: ReviewRow, form: QueueForm) -> dict[str, Any]:
    questions = {question.name: question for question in project.question_list}
    top = [
        share
        for consensus in row.leading[:1]
        if (question := questions.get(consensus.question))
        for share in share_titles(question, consensus.distribution, row.item.fields)[:2]
    ]
    return {
        "url": reverse("review_item", args=[project.slug, row.item.pk]) + form.query(),
        "text": row.text,
        "stage": row.item.stage,
        "reason": row.reason,
        "people": row.people,
        "models": row.models,
        "top": top,
        "since": row.since,
    }


def _told(outcomes: list[Outcome]) -> tuple[str, dict[str, str] | None]:
    """How many were decided, this one included; and which were not, and why."""
    done = 1 + sum(outcome.fate == Fate.DECIDED for outcome in outcomes)
    saved = ngettext("Decided %(shown)s item.", "Decided %(shown)s items.", done) % {"shown": number(done)}
    left = [outcome for outcome in outcomes if outcome.fate != Fate.DECIDED]
    if not left:
        return saved, None
    title = ngettext("%(shown)s item was left.", "%(shown)s items were left.", len(left)) % {"shown": number(len(left))}
    why = " ".join(_("Item %(item)s: %(why)s") % {"item": each.item, "why": each.reason} for each in left[:10])
    return saved, notice_of(title, why)
