"""Where a generated item comes from, for whoever may know it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from annotation.forms.language_models import TITLES
from annotation.forms.synthesis import ROLES
from annotation.models import Item, Membership, Project, SynthesisRun
from annotation.reports.synthesis import Provenance, find_provenance
from annotation.workflow.errors import Refused
from annotation.workflow.recipes import get_recipe, verdict_titles

from .cards import answer_titles


def provenance_card(project: Project, provenance: Provenance) -> dict[str, Any]:
    """The context of synthesis/provenance.html, with what the item was made to be."""
    found = provenance.candidate
    return {
        "run": provenance.run,
        "title": recipe_title(provenance.run),
        "candidate": found,
        "intended": answer_titles(project, found.answers),
        "verdicts": verdict_titles(provenance.run.recipe, found.verdicts),
        "parameters": titled_parameters(provenance.run),
        "askings": [
            {"row": each, "role": role_title(each.role), "llm": llm_title(each.call.llm) if each.call else ""}
            for each in provenance.askings
        ],
    }


def item_provenance(membership: Membership, item: Item) -> dict[str, Any] | None:
    """None where no recipe made it. Reviewers decide blind: prompts and verdicts would tell what it was made to be."""
    provenance = find_provenance(item)
    if provenance is None:
        return None
    if membership.may_manage:
        return provenance_card(membership.project, provenance)
    return {"run": provenance.run, "title": recipe_title(provenance.run), "candidate": provenance.candidate}


def role_title(role: str) -> str:
    return next((str(title) for name, title in ROLES.items() if name == role), role)


def llm_title(name: str) -> str:
    """Of a language model of this machine, or of a connection, whose name is its title."""
    return str(TITLES.get(name, name))


def titled_parameters(run: SynthesisRun) -> list[tuple[str, str]]:
    """(title, value) of what the recipe was set to, in its order; by name where the recipe is not there any more."""
    try:
        titles = {each.name: _(each.title) for each in get_recipe(run.recipe).parameters}
    except Refused:
        titles = {}
    names = [*(name for name in titles if name in run.parameters), *sorted(run.parameters.keys() - titles.keys())]
    return [(titles.get(name, name), str(run.parameters[name])) for name in names]


def recipe_title(run: SynthesisRun) -> str:
    """Also of a recipe that is not there any more."""
    try:
        return _(get_recipe(run.recipe).title)
    except Refused:
        return run.recipe
