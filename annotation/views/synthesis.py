"""The recipes, a new run with its plan, and the runs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotation.forms.synthesis import CELLS, FUNCTIONS, CommissionForm, SeedForm
from annotation.models import Lifecycle, Membership, Project, Source
from annotation.models.filters import PARAMETERS
from annotation.reports.keyset import slice_of
from annotation.workflow.access import get_manager_membership_for
from annotation.workflow.errors import Refused
from annotation.workflow.planning_synthesis import plan_synthesis
from annotation.workflow.recipes import every_recipe, filter_notes, get_recipe
from annotation.workflow.synthesizing import request_synthesis

from .paging import ends_of, neighbours
from .provenance import llm_title
from .rendering import page, refuse
from .requests import SignedInRequest

SECTION = "synthesis"
ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
ARXIV_SPLIT = re.compile(r"(arXiv:\d{4}\.\d{4,5})")
LISTED = 20
START = "start"


@login_required
@require_GET
def synthesis(request: SignedInRequest, slug: str) -> HttpResponse:
    """The runs, newest first, and the recipes by where the survey files them."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    runs = project.synthesis_runs.select_related("created_by")
    found = slice_of(runs, **ends_of(request), size=LISTED, newest_first=True)
    titles = {recipe.name: _(recipe.title) for recipe in every_recipe()}
    context = {
        "runs": [{"row": run, "title": titles.get(run.recipe, run.recipe)} for run in found.rows],
        "active": any(run.is_active for run in found.rows),
        **neighbours(found, request.path),
        "cells": _cells(project),
        "has_items": project.items.exists(),
        "seed_query": urlencode(_filters_of(request)),
    }
    return page(request, membership, "synthesis/gallery.html", context, section=SECTION, partial="synthesis/runs.html")


@login_required
@require_http_methods(["GET", "POST"])
def synthesis_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """What a recipe is to do; then its plan; then it starts. The address names the recipe, and may filter the seeds."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    try:
        recipe = get_recipe(request.GET.get("recipe", ""))
    except Refused:
        return redirect("synthesis", slug)
    posted = request.POST if request.method == "POST" else None
    form = CommissionForm(posted, project=project, recipe=recipe)
    seeds = SeedForm(posted, project=project, may_manage=True, initial=_seeds_of(request))
    context: dict[str, Any] = {"recipe": recipe, "form": form, "seeds": seeds, "plan": None, "refusals": []}
    if posted is not None and form.is_valid() and seeds.is_valid():
        try:
            commission = form.commission(seeds)
            if posted.get("action") == START:
                return redirect("synthesis_run", slug, request_synthesis(project, commission, user=request.user).pk)
            plan = plan_synthesis(project, commission)
            prompts = [{"llm": llm_title(each.llm), "prompt": each.prompt} for each in plan.prompts]
            context |= {"plan": plan, "prompts": prompts}
        except Refused as refusal:
            refusal.field = form.field_of(refusal.field)
            refuse(form, refusal)
    if posted is not None:
        context["refusals"] = _refusals(form) + _refusals(seeds)
    status = 422 if context["refusals"] else 200
    return _new_page(request, membership, context, status)


def _new_page(request: SignedInRequest, membership: Membership, context: dict[str, Any], status: int) -> HttpResponse:
    recipe = context["recipe"]
    context |= {
        "address": f"{reverse('synthesis_new', args=[membership.project.slug])}?recipe={recipe.name}",
        "title": _(recipe.title),
        "summary": _(recipe.summary),
        "papers": _papers(recipe.paper),
        "filters": filter_notes(recipe),
        "cell": CELLS[recipe.cell],
        "functions": [FUNCTIONS[each] for each in recipe.functions],
        "stages": [Lifecycle(each).label for each in recipe.stages],
    }
    return page(
        request,
        membership,
        "synthesis/new.html",
        context,
        section=SECTION,
        partial="synthesis/plan.html",
        status=status,
    )


def _seeds_of(request: SignedInRequest) -> dict[str, str]:
    """The filters that the address brings from the item list; else, what came in from outside."""
    return _filters_of(request) or {"source": Source.IMPORTED.value}


def _filters_of(request: SignedInRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in PARAMETERS if request.GET.get(name)}


def _papers(paper: str) -> list[dict[str, str]]:
    """What a recipe says of its papers, with the addresses of those on arXiv."""
    return [
        {"text": part, "url": f"https://arxiv.org/abs/{found[1]}" if (found := ARXIV.fullmatch(part)) else ""}
        for part in ARXIV_SPLIT.split(paper)
        if part
    ]


def _refusals(form: CommissionForm | SeedForm) -> list[str]:
    """Every error with the name of its field, for a plan that is shown beside the form."""
    told = []
    for name, errors in form.errors.items():
        label = str(form.fields[name].label or "") if name in form.fields else ""
        told += [f"{label}: {error}" if label else str(error) for error in errors]
    return told


def _cells(project: Project) -> list[dict[str, Any]]:
    recipes = every_recipe()
    return [
        {
            "name": cell.value,
            "title": title,
            "recipes": [
                {
                    "row": recipe,
                    "title": _(recipe.title),
                    "summary": _(recipe.summary),
                    "papers": _papers(recipe.paper),
                    "stages": [Lifecycle(each).label for each in recipe.stages],
                    "functions": [FUNCTIONS[each] for each in recipe.functions],
                    "fits": project.lifecycle in recipe.stages,
                }
                for recipe in recipes
                if recipe.cell == cell
            ],
        }
        for cell, title in CELLS.items()
        if any(recipe.cell == cell for recipe in recipes)
    ]
