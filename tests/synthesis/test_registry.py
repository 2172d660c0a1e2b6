"""What all recipes promise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from annotation.synthesis.base import Recipe
from annotation.synthesis.filters.registry import FILTERS
from annotation.synthesis.registry import RECIPES
from tests.synthesis.cast import pairs_work, play, scripted, work

REWRITING = ("eda", "paraphrase", "counterfactual", "mix", "backtranslate", "persona")
INSTRUCTING = ("self_instruct", "evol", "reverse_instruct")


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_says_what_it_is_and_names_filters_that_exist(recipe: Recipe) -> None:
    assert recipe.title and recipe.summary and "arXiv" in recipe.paper and recipe.stages and recipe.functions
    assert set(recipe.filters) <= set(FILTERS) and "contamination" in recipe.filters
    assert "arXiv" in (type(recipe).__doc__ or "")


@pytest.mark.parametrize("name", [*REWRITING, *INSTRUCTING])
def test_a_recipe_that_is_played_again_asks_the_same_and_makes_the_same(name: str) -> None:
    recipe, project = RECIPES[name], work if name in REWRITING else pairs_work
    chosen = {"pivot": "French"} if name == "backtranslate" else {"texts": 3} if name == "mix" else {}
    first, again = (play(recipe, project(seed=5, **chosen), scripted()) for _time in range(2))
    assert first == again and first.outcomes
    places = [each.requests for each in first.outcomes]
    assert all(places) or not recipe.roles
    assert all(place < len(first.requests) for each in places for place in each)


def test_listing_recipes_and_filters_loads_none_of_the_heavy_libraries() -> None:
    heavy = ("torch", "spacy", "presidio_analyzer", "sklearn", "py3langid", "nltk", "transformers", "wn")
    script = (
        "import sys, annotation.synthesis.registry, annotation.synthesis.filters.registry;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
