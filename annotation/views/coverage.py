"""Which cells of the survey's grid hold finished items, and what would fill the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotation.forms.synthesis import CELLS
from annotation.models import Lifecycle, Project, Role
from annotation.reports.coverage import BY_PEOPLE_ALONE, CO_ANNOTATION, LABELING, RareLabel, coverage_of, rare_labels
from annotation.reports.memberships import projects_of
from annotation.workflow.access import get_manager_membership_for
from annotation.workflow.recipes import every_recipe

from .rendering import page
from .requests import SignedInRequest
from .synthesis import SECTION

SURVEY = "https://arxiv.org/abs/2410.12896"
# Recipes that make more of one label, the one that asks no model first.
AUGMENTING = ("eda", "paraphrase", "counterfactual")


@login_required
@require_GET
def coverage(request: SignedInRequest, slug: str) -> HttpResponse:
    """The grid over all projects that the person manages, with links into this one."""
    membership = get_manager_membership_for(request.user, slug)
    project = membership.project
    managed = [row.membership.project for row in projects_of(request.user) if row.membership.role == Role.MANAGER]
    recipes = every_recipe()
    found = coverage_of(managed, {recipe.name: recipe.cell.value for recipe in recipes})
    known = {recipe.name: _(recipe.title) for recipe in recipes}
    context = {
        "survey": SURVEY,
        "columns": [{"name": cell.value, "title": title} for cell, title in CELLS.items()],
        "rows": [_row(project, stage, managed, found.settled[stage]) for stage in Lifecycle],
        "rare": [
            {
                "row": label,
                "runs": [
                    {"title": known[name], "url": _suggested(project, name, label)}
                    for name in AUGMENTING
                    if name in known
                ],
            }
            for label in rare_labels(project)
        ],
    }
    return page(request, membership, "synthesis/coverage.html", context, section=SECTION)


def _row(project: Project, stage: Lifecycle, managed: Sequence[Project], settled: Mapping[str, int]) -> dict[str, Any]:
    return {
        "stage": stage,
        "here": stage == project.lifecycle,
        "projects": [each for each in managed if each.lifecycle == stage],
        "cells": [_cell(project, stage, cell.value, str(title), settled) for cell, title in CELLS.items()],
        "by_people": settled.get(BY_PEOPLE_ALONE, 0),
    }


def _cell(project: Project, stage: Lifecycle, cell: str, title: str, settled: Mapping[str, int]) -> dict[str, Any]:
    """`recipes`: what would fill it, linked where this project is of the stage; empty where no recipe does."""
    here = stage == project.lifecycle
    address = f"{reverse('synthesis_new', args=[project.slug])}?recipe="
    return {
        "items": settled.get(cell, 0),
        "title": title,
        "recipes": [
            {"title": _(recipe.title), "url": f"{address}{recipe.name}" if here else ""}
            for recipe in every_recipe()
            if recipe.cell == cell and stage.value in recipe.stages
        ],
        # Labelling and co-annotation are what queues and model annotators do.
        "url": reverse("labelers", args=[project.slug]) if here and cell in (LABELING, CO_ANNOTATION) else "",
    }


def _suggested(project: Project, recipe: str, label: RareLabel) -> str:
    """A run that starts from the settled items with this label."""
    seeds = urlencode({"recipe": recipe, "stage": "settled", "label": f"{label.question}:{label.value}"})
    return f"{reverse('synthesis_new', args=[project.slug])}?{seeds}"
