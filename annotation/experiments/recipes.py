"""What recipes and their filters are given when an experiment plays them."""

from __future__ import annotations

import random
from collections.abc import Sequence

from annotation.questions import InvalidQuestion, Question, parse_questions
from annotation.synthesis.base import Seed, Work
from annotation.synthesis.filters.base import Company

from .base import Dataset, Example, Parameters, Unsuitable

FIELD, QUESTION = "text", "label"
FIELDS = ({"name": FIELD, "type": "text", "title": "Text"},)


def question_of(data: Dataset) -> Question:
    """The labels as the options of a question. Raises Unsuitable where they cannot be."""
    asked = {"name": QUESTION, "type": "choice", "title": "Label", "options": list(data.labels)}
    try:
        (question,) = parse_questions([asked])
    except InvalidQuestion as error:
        raise Unsuitable(str(error)) from error
    return question


def seeds_of(examples: Sequence[Example]) -> tuple[Seed, ...]:
    return tuple(
        Seed(place, {FIELD: example.text}, {QUESTION: example.label}, place)
        for place, example in enumerate(examples, 1)
    )


def work_of(data: Dataset, examples: Sequence[Example], parameters: Parameters, *, seed: int) -> Work:
    """A recipe's work on these examples alone."""
    lots = random.Random(f"recipe {seed}")
    return Work(seeds_of(examples), FIELDS, (question_of(data),), data.guidelines, parameters, lots)


def company_of(data: Dataset, examples: Sequence[Example]) -> Company:
    """What candidates are compared with: the examples, and the test texts, which must not leak."""
    return Company(
        fields=FIELDS,
        questions=(question_of(data),),
        seeds={seed.id: seed for seed in seeds_of(examples)},
        pool=[example.text for example in examples],
        protected=[example.text for example in data.test],
    )
