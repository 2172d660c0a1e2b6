"""What a recipe made, group by group: how valid the labels are, and what becomes of the rest; and single candidates."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotation.forms.synthesis import GroupForm
from annotation.models import Candidate, Fate, Item, Project
from annotation.questions.fields import PLAIN_TYPES
from annotation.questions.speech import number
from annotation.reports.keyset import slice_of
from annotation.reports.rationales import rationales_of, steps_of
from annotation.reports.strata import Stratum, strata_of
from annotation.reports.synthesis import find_item_of, shown_candidates
from annotation.workflow.access import get_candidate_for, get_manager_membership_for, get_synthesis_run_for
from annotation.workflow.changing_many import change_now
from annotation.workflow.checking_rationales import check_rationale, find_unchecked
from annotation.workflow.gating import accept_stratum, is_proven_by_sample, open_stratum
from annotation.workflow.rewriting import rewrite_item

from .cards import answer_titles
from .provenance import recipe_title
from .rendering import page, warned
from .requests import SignedInRequest
from .synthesis import SECTION

LISTED = 20


@login_required
@require_GET
def strata(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The groups; and of one that is chosen, the items with what they come from."""
    membership = get_manager_membership_for(request.user, slug)
    run, project = get_synthesis_run_for(membership, pk), membership.project
    form = GroupForm(request.GET)
    groups = [_row(project, each) for each in strata_of([run.pk])]
    context: dict[str, Any] = {
        "run": run,
        "title": recipe_title(run),
        "target": 100 * project.target_accuracy,
        "strata": groups,
        "rationales": rationales_of(run),
    }
    if "operation" in request.GET and form.is_valid():
        asked, query = form.cleaned_data, form.query
        rows = run.candidates.filter(fate=Fate.KEPT, **form.group)
        found = slice_of(rows, after=asked["after"], before=asked["before"], size=LISTED)
        context |= {
            "chosen": next((each for each in groups if each["query"] == query), None),
            "members": _members(project, found.rows),
            "previous_url": f"?{query}&before={found.previous}#members" if found.previous else None,
            "next_url": f"?{query}&after={found.next}#members" if found.next else None,
        }
    return page(request, membership, "synthesis/strata.html", context, section=SECTION)


@login_required
@require_POST
def stratum_accept(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    run, form = get_synthesis_run_for(membership, pk), GroupForm(request.POST)
    if form.is_valid():
        with warned(request):
            change = accept_stratum(run, user=request.user, **form.group)
            change_now(change)
            return redirect("change", slug, change.pk)
    return redirect("strata", slug, pk)


@login_required
@require_POST
def stratum_open(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    run, form = get_synthesis_run_for(membership, pk), GroupForm(request.POST)
    if form.is_valid():
        with warned(request):
            opened = open_stratum(run, user=request.user, **form.group)
            said = ngettext("%(shown)s more item goes to people.", "%(shown)s more items go to people.", opened)
            messages.success(request, said % {"shown": number(opened)})
    return redirect("strata", slug, pk)


@login_required
@require_POST
def candidate_rewrite(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """New text for the item that a candidate became."""
    membership = get_manager_membership_for(request.user, slug)
    found = get_candidate_for(membership, pk)
    item = find_item_of(found)
    names = [each["name"] for each in membership.project.fields if each["type"] in PLAIN_TYPES]
    given = {name: request.POST[f"field-{name}"] for name in names if f"field-{name}" in request.POST}
    if item is None:
        messages.warning(request, _("Its item is gone."))
    else:
        with warned(request):
            rewrite_item(item, given, user=request.user)
            messages.success(request, _("Rewritten. What the recipe wrote stays below, for comparison."))
    return redirect("candidate", slug, pk)


@login_required
@require_POST
def candidate_steps(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Which steps of the rationale are right; then the next one that is to be checked."""
    membership = get_manager_membership_for(request.user, slug)
    found = get_candidate_for(membership, pk)
    given = [request.POST.get(f"step-{place}", "") for place in range(len(steps_of(found.rationale)))]
    if not set(given) <= {"right", "wrong"}:
        messages.warning(request, _("Say of every step whether it is right."))
        return redirect("candidate", slug, pk)
    with warned(request):
        check_rationale(found, [each == "right" for each in given], user=request.user)
        return redirect("rationales", slug, found.run_id)
    return redirect("candidate", slug, pk)


@login_required
@require_GET
def rationales(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Leads to the next rationale that is to be checked."""
    membership = get_manager_membership_for(request.user, slug)
    run = get_synthesis_run_for(membership, pk)
    waiting = find_unchecked(run)
    if waiting is None:
        messages.success(request, _("Every rationale of this run is checked."))
        return redirect("strata", slug, pk)
    return redirect("candidate", slug, waiting.pk)


def _row(project: Project, stratum: Stratum) -> dict[str, Any]:
    validity = stratum.validity
    return {
        "row": stratum,
        "intended": answer_titles(project, stratum.answers),
        "query": urlencode({"operation": stratum.operation, "label": stratum.label}),
        "decided": stratum.sampled - stratum.pending,
        "validity": None if validity is None else [f"{100 * share:.0f}" for share in validity],
        "proven": bool(stratum.waiting) and is_proven_by_sample(stratum, project),
    }


def _members(project: Project, rows: list[Candidate]) -> list[dict[str, Any]]:
    items = Item.objects.in_bulk([row.item_id for row in rows if row.item_id])
    return [
        {
            "row": each.row,
            "text": each.text,
            "parent": each.parents[0] if each.parents else None,
            "item": items.get(each.row.item_id or 0),
        }
        for each in shown_candidates(project, rows)
    ]
