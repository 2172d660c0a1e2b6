"""The recipes that a project can run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotation.synthesis.base import Recipe
from annotation.synthesis.filters.registry import FILTERS
from annotation.synthesis.registry import RECIPES

from .errors import Refused


def every_recipe() -> list[Recipe]:
    """In the order of the registry."""
    return list(RECIPES.values())


def get_recipe(name: str) -> Recipe:
    """Raises Refused where there is none of this name."""
    if name not in RECIPES:
        raise Refused(
            _("There is no recipe “%(name)s”; known: %(names)s.")
            % {"name": name[:50], "names": ", ".join(RECIPES) or _("none")},
            "recipe",
        )
    return RECIPES[name]


def check_titles(recipe: Recipe) -> dict[str, str]:
    """The recipe's own checks and then its filters, in the order in which candidates meet them, by name."""
    return dict(recipe.own_checks) | {name: FILTERS[name].title for name in recipe.filters}


def filter_notes(recipe: Recipe) -> list[dict[str, str]]:
    """What its filters are called and measure, in the reader's language."""
    return [{"title": _(FILTERS[name].title), "note": _(FILTERS[name].note)} for name in recipe.filters]


def describe_recipe(recipe: Recipe) -> dict[str, Any]:
    """What the API says of a recipe, as JSON values; titles in English, as the API speaks."""
    return {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "paper": recipe.paper,
        "version": recipe.version,
        "cell": recipe.cell.value,
        "stages": list(recipe.stages),
        "functions": [each.value for each in recipe.functions],
        "roles": [each.value for each in recipe.roles],
        "takes_documents": recipe.takes_documents,
        "filters": [
            {"name": name, "title": FILTERS[name].title, "note": FILTERS[name].note} for name in recipe.filters
        ],
        "parameters": [
            {
                "name": each.name,
                "title": each.title,
                "kind": each.kind,
                "default": each.default,
                "note": each.note,
                "low": each.low,
                "high": each.high,
                "choices": [{"value": value, "title": title} for value, title in each.choices],
            }
            for each in recipe.parameters
        ],
    }


def verdict_titles(recipe: str, verdicts: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Verdicts as they are stored, with what each check is called; one that is not there any more keeps its name."""
    titles = {name: each.title for name, each in FILTERS.items()}
    titles |= dict(RECIPES[recipe].own_checks) if recipe in RECIPES else {}
    return [{**each, "title": _(titles.get(each["filter"], each["filter"]))} for each in verdicts]
