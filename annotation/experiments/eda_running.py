"""Easy data augmentation, run: the same texts with and without variants of them, learned by each learner."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from annotation.synthesis.base import Candidate
from annotation.synthesis.registry import RECIPES

from .base import Dataset, Example, Value, Work
from .chance import spelled
from .drawing_lots import drawn, sizes_of
from .learners import LEARNERS, right
from .recipes import FIELD, QUESTION, work_of

# What the recipe is told to do, by method.
OPERATIONS = {"synonyms": "synonym replacement", "eda": "all"}


def run(work: Work) -> Value:
    """Every learner on every number of texts by every method, seed by seed; sizes that the data does not reach are left
    out, the largest possible one taken in their place.
    """
    given, data = work.parameters, work.examples
    sizes = sizes_of(given["sizes"], len(data.train))
    cells: dict[str, list[Any]] = {}
    yields: dict[str, list[Any]] = {}
    for learner, size, method in product(given["learners"], sizes, given["methods"]):
        if size > given["most"].get(learner, size):
            continue
        for seed in range(work.seeds):
            key = f"{learner}/{size}/{method}"
            found = work.once(f"{key}/{seed}", lambda: _cell(work, data, learner, size, method, seed))  # noqa: B023
            cells.setdefault(key, []).append(found["right"])
            yields.setdefault(f"{size}/{method}", [])
            if len(yields[f"{size}/{method}"]) < work.seeds:
                yields[f"{size}/{method}"].append(found["yield"])
    return {
        "cells": cells,
        "yields": yields,
        "sizes": sizes,
        "methods": list(given["methods"]),
        "learners": list(given["learners"]),
        "data": data.told,
    }


def _cell(work: Work, data: Dataset, learner: str, size: int, method: str, seed: int) -> Value:
    examples = drawn(data.train, size, seed=seed)
    more, counted = augmented(work, data, examples, method, seed)
    found = LEARNERS[learner](work, [*examples, *more], seed)
    return {"right": spelled(right(work, found)), "yield": counted}


def augmented(
    work: Work, data: Dataset, examples: Sequence[Example], method: str, seed: int
) -> tuple[list[Example], dict[str, int]]:
    """Variants of the examples with their labels, and how many there were at each step. Without a method, none."""
    if method == "none":
        return [], {}
    recipe = RECIPES["eda"]
    asked = {"operation": OPERATIONS[method], "variants": work.parameters["variants"]}
    playing = work_of(data, examples, asked, seed=seed)
    recipe.check(playing)
    held_out = {example.text for example in data.test}
    made: list[Example] = []
    outcomes = 0
    for step in recipe.run(playing):
        outcomes += 1
        if isinstance(step, Candidate):
            made.append(Example(str(step.fields[FIELD]), str(step.answers[QUESTION])))
        if outcomes % 200 == 0:
            work.pulse()
    kept = [example for example in made if example.text not in held_out]
    return kept, {"asked": outcomes, "made": len(made), "kept": len(kept)}
