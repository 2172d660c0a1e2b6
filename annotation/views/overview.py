"""A project at a glance: the funnel, agreement, what runs and what happened; to annotators, their own part."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotation.models import Fitting, ImportJob, JobState, Membership, Project, Run, Snapshot, Stage, Verb
from annotation.questions.speech import number
from annotation.reports import Comparison, Progress, progress_report, shown_agreement
from annotation.reports.effort import Effort, effort_report
from annotation.reports.feed import Entry, feed
from annotation.reports.queue import my_progress
from annotation.workflow.access import get_annotator_for, get_membership_for

from .fusing import fitting_card, licences
from .jobs import eta_text, job_card
from .rendering import page, wants_partial
from .requests import SignedInRequest
from .steps import next_steps

SECTION = "overview"
JOBS = (ImportJob, Run, Snapshot)


@login_required
@require_GET
def overview(request: SignedInRequest, slug: str) -> HttpResponse:
    """Reviewers and managers see all of it, live; annotators nothing of others' answers or names (CHECKS A7)."""
    membership = get_membership_for(request.user, slug)
    if not membership.may_review:
        return _own_part(request, membership)
    project = membership.project
    progress = progress_report(project)
    context = _live(membership, progress, shown_agreement(project, polled=wants_partial(request)))
    if membership.may_manage and not wants_partial(request):
        context["steps"] = next_steps(project, progress)
    return page(request, membership, "project/overview.html", context, section=SECTION, partial="project/live.html")


def _own_part(request: SignedInRequest, membership: Membership) -> HttpResponse:
    context = {
        "progress": my_progress(get_annotator_for(membership), holding=False),
        "has_items": membership.project.items.exists(),
    }
    return page(request, membership, "project/own_part.html", context, section=SECTION)


def _live(membership: Membership, progress: Progress, comparisons: list[Comparison]) -> dict[str, Any]:
    project = membership.project
    return {
        "stages": [_stage(project, stage, progress.stages[stage.value]) for stage in Stage],
        "settled": progress.settled,
        "total": progress.total,
        "settled_percent": progress.percent,
        "rate_text": _("%(rate)s answers/h") % {"rate": number(progress.answers_per_hour)}
        if progress.answers_per_hour
        else "",
        "eta_text": eta_text(progress.eta_seconds) if progress.left else "",
        "human_answers": progress.human_answers,
        "model_answers": progress.model_votes,
        "agreement": _agreement(comparisons),
        "effort": _effort(effort_report(project)),
        "licences": licences(project),
        "jobs": _jobs(membership),
        "events": [_event(membership, entry) for entry in feed(project, reader=membership)],
    }


def _stage(project: Project, stage: Stage, count: int) -> dict[str, Any]:
    address = f"{reverse('items', args=[project.slug])}?{urlencode({'stage': stage.value})}"
    return {"stage": stage.value, "title": stage.label, "count": count, "url": address}


def _effort(effort: Effort) -> dict[str, Any]:
    """In percent."""
    accuracy = effort.accuracy
    low, high = accuracy.low, accuracy.high
    return {
        "value": None if accuracy.value is None else 100 * accuracy.value,
        "margin": None if low is None or high is None else 50 * (high - low),
        "checked": accuracy.checked,
        "target": 100 * effort.target,
        "adds": None if effort.adds is None else 100 * effort.adds,
        "wanted": effort.wanted,
        "next": effort.next,
    }


def _agreement(comparisons: list[Comparison]) -> dict[str, Any]:
    """The first question's figures; others are in the report of the API."""
    first = comparisons[0]
    people = first.people
    return {
        "people": {
            "value": None if people.alpha is None else floatformat(people.alpha, 2),
            "note": _(people.undefined)
            if people.undefined
            else _("Krippendorff’s α on %(items)s items") % {"items": number(people.items)},
        },
        "models": [
            {
                "annotator": name,
                "percent": None if agreement.raw is None else 100 * agreement.raw,
                "note": _("%(items)s answers of people") % {"items": number(agreement.items)}
                if agreement.items
                else _("no item that people answered"),
            }
            for name, agreement in first.models.items()
        ],
    }


def _jobs(membership: Membership) -> list[dict[str, Any]]:
    """What runs now. Only managers are offered what changes it; imports and snapshots have pages for them alone."""
    project = membership.project
    active = [
        job
        for model in JOBS
        for job in model._default_manager.filter(project=project, state__in=JobState.active()).order_by("pk")
        if not isinstance(job, ImportJob) or job.mapping
    ]
    fitting = Fitting.objects.filter(project=project, state__in=JobState.active()).first()
    card = fitting_card(membership, fitting)
    cards = [] if card is None else [{**card, "url": reverse("fusing", args=[project.slug])}]
    for job in active:
        job.project = project
        card = job_card(job)
        if not membership.may_manage:
            card |= {"cancel_url": "", "resume_url": "", "url": card["url"] if isinstance(job, Run) else ""}
        cards.append(card)
    return cards


def _event(membership: Membership, entry: Entry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "actor": entry.actor,
        "kind": entry.kind,
        "text": entry.text,
        "url": _address(membership, entry),
    }


def _address(membership: Membership, entry: Entry) -> str:
    slug = membership.project.slug
    if entry.item and entry.count == 1:
        return reverse("item", args=[slug, entry.item])
    if entry.verb in (Verb.RUN_STARTED, Verb.RUN_FINISHED) and "run" in entry.data:
        return reverse("run", args=[slug, entry.data["run"]])
    if entry.verb in (Verb.IMPORT_STARTED, Verb.IMPORT_FINISHED) and membership.may_manage and "job" in entry.data:
        return reverse("import_detail", args=[slug, entry.data["job"]])
    return ""
