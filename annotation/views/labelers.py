"""Model annotators: their versions, how good they are, and setting one to work."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms.labelers import BENCHES, LabelerForm, RunForm, kind_title, settings_in_words
from annotation.forms.sampling import SampleForm
from annotation.models import Connection, Labeler, Project, RunPurpose
from annotation.reports import shown_agreement
from annotation.reports.confusion import confusion_report
from annotation.reports.labelers import LabelerRow, labeler_report, learning_curve
from annotation.reports.tries import newest_try
from annotation.reports.worth import Worth, worth_report
from annotation.workflow import enlisting, running
from annotation.workflow.access import get_labeler_for, get_manager_membership_for
from annotation.workflow.errors import Refused

from .jobs import job_card
from .judging import judge_card
from .rendering import page, refuse, wants_partial, warned
from .requests import SignedInRequest
from .runs import failures_card
from .worth import comparison, confusion_table, curve_card, trust_card

SECTION = "models"
SHOWN_RUNS = 50
# On a version's own page: one that learns starts a run after every training.
NEWEST_RUNS = 10
FIRST_NAME = "SmolLM2"  # the bundled model


@login_required
@require_http_methods(["GET", "POST"])
def labelers(request: SignedInRequest, slug: str) -> HttpResponse:
    """The list; a posted form adds a model annotator, or a new version of one."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    rows = [_row(each) for each in _report(request, project)]
    has_voter = any(row["can_run"] for row in rows)
    form = LabelerForm(
        request.POST if request.method == "POST" else None,
        questions=project.question_list,
        initial={} if has_voter else {"name": FIRST_NAME},
    )
    if form.is_valid():
        try:
            added = enlisting.add_labeler(
                project,
                name=form.cleaned_data["name"],
                kind=form.cleaned_data["kind"],
                config=form.config,
                user=request.user,
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("%(labeler)s is ready.") % {"labeler": added})
            return redirect("labeler", slug, added.pk)
    context = {
        "form": form,
        "sample": SampleForm(project=project),
        # Whoever can be sent to work comes first, a retired version last.
        "rows": sorted(rows, key=lambda row: (not row["labeler"].active, not row["can_run"])),
        "has_voter": has_voter,
        "active": _active_runs(project),
        "comparison": [] if wants_partial(request) else _comparison(project, worth_report(project)),
    }
    status = 422 if form.is_bound else 200
    return page(
        request,
        membership,
        "labelers/list.html",
        context,
        section=SECTION,
        partial="labelers/table.html",
        status=status,
    )


@login_required
@require_GET
def labeler(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """One version: what it is worth, its settings, its runs."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    shown = get_labeler_for(membership, pk)
    runs = list(shown.runs.select_related("labeler", "project", "created_by")[:NEWEST_RUNS])
    context = {
        "labeler": shown,
        "runs": [{"row": each, "job": job_card(each)} for each in runs],
        "active": [job_card(each) for each in runs if each.is_active],
    }
    if not wants_partial(request):
        report = next(each for each in _report(request, project) if each.labeler.pk == shown.pk)
        context |= _worth(project, shown) | {
            "row": _row(report),
            "form": _next_version(project, shown),
            # Made anew from the judges by the policy, never by hand.
            "is_table": shown.kind in BENCHES,
            "settings": settings_in_words(shown),
            "run_form": RunForm(),
            "charged": Connection.objects.filter(name=str(shown.config.get("llm"))).exists(),
            "sample": SampleForm(project=project),
            "try_sample": SampleForm(project=project, auto_id="try_%s"),
            **(judge_card(shown) if shown.rules else {}),
            "can_try": not shown.rules and shown.kind != "imported",
            "newest_try": newest_try(shown.pk),
            **failures_card(request, shown.runs.filter(failed__gt=0).exclude(purpose=RunPurpose.TRY).first()),
            # Activating this version takes the other one off work.
            "at_work": Labeler.objects.filter(project=project, name=shown.name, active=True).exclude(pk=pk).first(),
        }
    return page(request, membership, "labelers/labeler.html", context, section=SECTION, partial="labelers/live.html")


@login_required
@require_POST
def labeler_run(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Ask this version for its vote on every open item that has none of its, within a budget where one is given."""
    membership = get_manager_membership_for(request.user, slug)
    chosen, form = get_labeler_for(membership, pk), RunForm(request.POST)
    if not form.is_valid():
        messages.warning(request, " ".join(map(str, form.errors["budget"])))
        return redirect("labeler", slug, pk)
    try:
        run = running.start_run(chosen, user=request.user, budget=form.cleaned_data["budget"])
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("labeler", slug, pk)
    return redirect("run", slug, run.pk)


@login_required
@require_POST
def labeler_retire(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_manager_membership_for(request.user, slug)
    retired = get_labeler_for(membership, pk)
    enlisting.retire_labeler(retired, user=request.user)
    messages.success(request, _("%(labeler)s is retired; its votes stay.") % {"labeler": retired})
    return redirect("labeler", slug, pk)


@login_required
@require_POST
def labeler_activate(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Put a retired version back to work; the one of its name that is at work retires."""
    membership = get_manager_membership_for(request.user, slug)
    chosen = get_labeler_for(membership, pk)
    with warned(request):
        enlisting.activate_labeler(chosen, user=request.user)
        messages.success(request, _("%(labeler)s is at work again.") % {"labeler": chosen})
    return redirect("labeler", slug, pk)


def _report(request: SignedInRequest, project: Project) -> list[LabelerRow]:
    return labeler_report(project, shown_agreement(project, polled=wants_partial(request)))


def _comparison(project: Project, worths: list[Worth]) -> list[dict[str, Any]]:
    """Those that vote or could, side by side."""
    voters = [each for each in worths if not each.labeler.rules]
    return comparison(project, [each for each in voters if each.votes or each.labeler.active])


def _worth(project: Project, shown: Labeler) -> dict[str, Any]:
    """What this version is worth beside the others of its name."""
    worths = worth_report(project, shown.name)
    own = next(each for each in worths if each.labeler.pk == shown.pk)
    return {
        "comparison": _comparison(project, worths),
        "confusions": [confusion_table(project, shown, table) for table in confusion_report(project, own.cases)],
        # Who writes a text gives no probabilities.
        "trust": [trust_card(each.trust) for each in own.measured if each.question.options],
        "curves": [curve_card(each) for each in learning_curve(shown)],
    }


def _row(report: LabelerRow) -> dict[str, Any]:
    """A version with its figures in words. Only voters are sent over the open items; judges are called by disputes."""
    shown = report.labeler
    return {
        "labeler": shown,
        "kind": kind_title(shown.kind),
        "votes": report.votes,
        "left": report.left,
        "can_run": shown.active and not shown.rules,
        "agreement": [
            {
                "title": title,
                "percent": 100 * (agreement.raw or 0),
                "alpha": agreement.alpha,
                "items": agreement.items,
                "undefined": agreement.undefined,
            }
            for title, agreement in report.agreement
        ],
    }


def _active_runs(project: Project) -> list[dict[str, Any]]:
    return [job_card(run) for run in project.runs.select_related("labeler", "project")[:SHOWN_RUNS] if run.is_active]


def _next_version(project: Project, shown: Labeler) -> LabelerForm:
    """The form filled with this version's settings."""
    config = {"guidelines": True, **shown.config}
    known = {name: config[name] for name in LabelerForm.base_fields if name in config}
    return LabelerForm(questions=project.question_list, initial={**known, "name": shown.name, "kind": shown.kind})
