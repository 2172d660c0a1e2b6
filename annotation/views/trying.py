"""Before a model is let loose: what it would be asked, what it would cost, and its answers to a few items."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from annotation.forms.labelers import LabelerForm
from annotation.forms.sampling import SampleForm
from annotation.models import Item, Project, Run
from annotation.questions import as_text, type_of
from annotation.reports.samples import sample_items
from annotation.reports.tries import Tried, newest_try, tried_items
from annotation.workflow import previewing, trying
from annotation.workflow.access import get_labeler_for, get_manager_membership_for
from annotation.workflow.errors import Refused
from annotation.workflow.estimating import estimate_run

from .cards import answer_titles
from .jobs import job_card
from .rendering import faults, page
from .requests import SignedInRequest

SECTION = "models"
PREVIEWED = 3


@login_required
@require_http_methods(["GET", "POST"])
def labeler_try(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """What the newest try answered, beside people's answers; a posted form starts another one."""
    membership = get_manager_membership_for(request.user, slug)
    labeler = get_labeler_for(membership, pk)
    form = SampleForm(request.POST if request.method == "POST" else None, project=membership.project)
    if form.is_valid():
        try:
            trying.start_try(labeler, [item.pk for item in _sample(form, trying.TRIED)], user=request.user)
        except Refused as refusal:
            messages.warning(request, str(refusal))
        return redirect("labeler_try", slug, pk)
    run = newest_try(labeler.pk)
    context = {"labeler": labeler, "try_sample": form, **tried(membership.project, run)}
    status = 422 if form.is_bound else 200
    return page(
        request,
        membership,
        "labelers/tried.html",
        context,
        section=SECTION,
        partial="labelers/tried_rows.html",
        status=status,
    )


@login_required
@require_GET
def labeler_estimate(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """The first prompt, the tokens and the money of a run over every open item."""
    membership = get_manager_membership_for(request.user, slug)
    labeler = get_labeler_for(membership, pk)
    context: dict[str, Any] = {"labeler": labeler, "estimate": None, "refusal": ""}
    try:
        context["estimate"] = estimate_run(labeler)
    except Refused as refusal:
        context["refusal"] = str(refusal)
    return page(
        request, membership, "labelers/estimated.html", context, section=SECTION, partial="labelers/estimate.html"
    )


@login_required
@require_http_methods(["GET", "POST"])
def labeler_preview(request: SignedInRequest, slug: str) -> HttpResponse:
    """The settings as they stand in the form, and the words in which real items would be put with them."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    form = LabelerForm(request.POST if request.method == "POST" else None, questions=project.question_list)
    # A name changes nothing in what is asked; it may still be missing.
    form.fields["name"].required = False
    sample = SampleForm(request.POST or None, project=project)
    context: dict[str, Any] = {"form": form, "sample": sample, "prompts": [], "refusal": ""}
    if form.is_valid() and sample.is_valid():
        items = _sample(sample, PREVIEWED)
        try:
            asked = previewing.preview_prompts(project, form.cleaned_data["kind"], form.config, items)
        except Refused as refusal:
            context["refusal"] = str(refusal)
        else:
            context["prompts"] = [{"item": item, "text": text} for item, text in zip(items, asked, strict=True)]
    elif form.is_bound:
        context["refusal"] = faults(form, sample)
    # A wrong setting is told within the preview; the form itself says it when it is saved.
    return page(
        request, membership, "labelers/previewed.html", context, section=SECTION, partial="labelers/preview.html"
    )


def tried(project: Project, run: Run | None) -> dict[str, Any]:
    """The context of labelers/tried_rows.html."""
    rows = [_tried_row(project, each) for each in tried_items(run)] if run else []
    compared = [row["agrees"] for row in rows if row["agrees"] is not None]
    return {
        "run": run,
        "job": job_card(run) if run else None,
        "tried": rows,
        "compared": len(compared),
        "agreeing": sum(compared),
    }


def _tried_row(project: Project, each: Tried) -> dict[str, Any]:
    first = project.fields[0]
    return {
        "item": each.item,
        "text": as_text(first["type"], each.item.fields.get(first["name"])),
        "answers": answer_titles(project, each.answers or {}),
        "confidence": None if each.confidence is None else 100 * each.confidence,
        "rationale": each.rationale,
        "raw_reply": each.raw_reply,
        "reason": each.reason,
        "people": [answer_titles(project, said) for said in each.people],
        "agrees": _agrees(project, each),
    }


def _agrees(project: Project, each: Tried) -> bool | None:
    """Whether it says what everybody said, on the questions that it answers; None where that cannot be told."""
    pairs = [
        (question, each.answers[question.name], said[question.name])
        for question in project.question_list
        for said in each.people
        if each.answers is not None and question.name in each.answers and question.name in said
    ]
    return (
        all(type_of(question).distance(question, its, theirs) == 0 for question, its, theirs in pairs)
        if pairs
        else None
    )


def _sample(form: SampleForm, size: int) -> list[Item]:
    return sample_items(form.project, seed=form.seed_chosen, ids=form.ids_chosen, size=size)
