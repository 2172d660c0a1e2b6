"""What a judge proved and what sways it; testing it against people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotation.forms.labelers import TrialForm
from annotation.models import JobState, Labeler, RunPurpose, Settling
from annotation.reports.judges import LEAST, Lean, biases_of, families_of, shared_families, trials_of
from annotation.workflow.access import get_labeler_for, get_manager_membership_for
from annotation.workflow.errors import Refused
from annotation.workflow.estimating import estimate_trial
from annotation.workflow.judging import start_trial, trial_items

from .rendering import faults
from .requests import SignedInRequest

SHOWN_LOOKS = 10


@login_required
@require_POST
def labeler_trial(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Ask a judge about settled items that people have answered, within a budget where one is given."""
    membership = get_manager_membership_for(request.user, slug)
    chosen, form = get_labeler_for(membership, pk), TrialForm(request.POST)
    if not form.is_valid():
        messages.warning(request, faults(form))
        return redirect("labeler", slug, pk)
    given = form.cleaned_data
    try:
        run = start_trial(chosen, count=given["items"], user=request.user, budget=given["budget"])
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("labeler", slug, pk)
    return redirect("run", slug, run.pk)


def judge_card(labeler: Labeler) -> dict[str, Any]:
    """The context of labelers/trial.html, labelers/biases.html and labelers/seats.html."""
    looks = trials_of(labeler, SHOWN_LOOKS)
    sample = trial_items(labeler)
    judges = labeler.config.get("judges") or [labeler.config]
    estimate, refusal = None, ""
    try:
        estimate = estimate_trial(labeler, sample) if sample else None
    except Refused as error:
        refusal = str(error)
    return {
        "trial": looks[0] if looks else None,
        "looks": looks,
        "trial_form": TrialForm(initial={"items": len(sample)} if sample else None),
        "testable": len(sample),
        "trial_estimate": estimate,
        "trial_refusal": refusal,
        "is_tested": labeler.runs.filter(purpose=RunPurpose.TRIAL, state__in=JobState.active()).exists(),
        "settles": labeler.project.judge_settles == Settling.SETTLE,
        "biases": _biases(labeler),
        "seats": [
            {"name": judge.get("name", str(labeler)), "llm": judge.get("llm"), "family": family}
            for judge, family in zip(judges, families_of(judges), strict=True)
        ],
        "shared_families": shared_families(judges) if len(judges) > 1 else [],
    }


def _biases(labeler: Labeler) -> list[dict[str, Any]]:
    """A line each: what it is, how much of it, with the interval and the count, or what is missing."""
    found = biases_of(labeler.project, labeler)
    unasked = (
        _("Only panels and debates put a question with two options in both orders.")
        if found.has_pairs
        else _("This project asks no question with two options.")
    )
    rows = [
        _row(
            _("Verdicts that turn with the order of two options"),
            _("0 % is none."),
            found.turned,
            _("%(count)s questions put in both orders"),
            unasked,
        ),
        _row(
            _("Answers that take what is listed first"),
            _("50 % is no leaning."),
            found.first,
            _("%(count)s answers"),
            unasked,
        ),
    ]
    if found.family:
        rows.append(
            _row(
                _("Sides with models of its own family, %(family)s") % {"family": found.family},
                _("Beyond people on the same items; 0 is no leaning."),
                found.own_family,
                _("%(count)s items"),
                _("It takes items that people, the judge and a model of its family have answered.")
                if found.relatives
                else _("No model of its family votes in this project."),
                signed=True,
            )
        )
    if found.longer is not None:
        rows.append(
            _row(
                _("Prefers the longer text"),
                _("Beyond people on the same items; 0 is no leaning."),
                found.longer,
                _("%(count)s items"),
                _("It takes items that people and the judge have answered."),
                signed=True,
            )
        )
    return rows


def _row(title: str, note: str, lean: Lean, seen: str, missing: str, *, signed: bool = False) -> dict[str, Any]:
    enough = lean.count >= LEAST and lean.value is not None
    sign = "+" if signed else ""
    return {
        "title": title,
        "note": note,
        "value": f"{100 * (lean.value or 0):{sign}.0f}" if enough else "",
        "low": f"{100 * (lean.low or 0):{sign}.0f}" if enough else "",
        "high": f"{100 * (lean.high or 0):{sign}.0f}" if enough else "",
        "unit": _("points") if signed else "%",
        "seen": seen % {"count": lean.count},
        "missing": ""
        if enough
        else missing
        if not lean.count
        else _("%(count)s of the %(least)s that it takes.") % {"count": lean.count, "least": LEAST},
    }
