"""Which of the survey's methods have led to finished items, and for what stage of a model's life.

Rows and columns are those of figure 1 of arXiv 2410.12896. What recipes made counts in its recipe's cell. Of what came
from outside, labels that models settled alone are labelling, and those of people beside models are co-annotation;
what people labelled without any model is not the survey's subject and is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import connection
from django.db.models import Count

from annotation.models import Consensus, Lifecycle, Project, Stage
from annotation.questions import type_of

from .remembering import remembered

REMEMBERED = 60.0
BY_PEOPLE_ALONE = ""
LABELING, CO_ANNOTATION = "labeling", "co_annotation"
# A label is rare where it has fewer items than this share of what it would have if all were equally common.
RARE = 0.5
LISTED = 12

SETTLED = """
WITH decided AS (
    SELECT item_id, bool_and(decided_by = 'model') AS alone FROM annotation_consensus
    WHERE project_id = ANY(%(projects)s) GROUP BY item_id
)
SELECT item.project_id, coalesce(run.recipe, ''), decided.alone, decided.alone OR EXISTS (
    SELECT FROM annotation_annotation vote JOIN annotation_annotator voter ON voter.id = vote.annotator_id
    WHERE vote.item_id = item.id AND vote.superseded_at IS NULL AND voter.kind = 'model'
), count(*)
FROM annotation_item item
JOIN decided ON decided.item_id = item.id
LEFT JOIN annotation_candidate candidate ON item.source = 'recipe' AND candidate.item_id = item.id
LEFT JOIN annotation_synthesisrun run ON run.id = candidate.run_id
WHERE item.project_id = ANY(%(projects)s) AND item.stage = 'settled'
GROUP BY 1, 2, 3, 4
"""


@dataclass(frozen=True, slots=True)
class Coverage:
    """`settled`: {stage: {cell: items}}, with BY_PEOPLE_ALONE for what is no method of the survey."""

    settled: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class RareLabel:
    """A label with few settled items. `even`: how many it would have if all labels were equally common."""

    question: str
    title: str
    value: str
    label: str
    items: int
    even: int


def coverage_of(projects: Sequence[Project], cells: Mapping[str, str]) -> Coverage:
    """Of all these projects together, as of at most a minute ago; `cells`: recipe → cell."""
    keys = ",".join(str(project.pk) for project in sorted(projects, key=lambda each: each.pk))
    counted = remembered(f"coverage:{keys}", REMEMBERED, partial(_settled, [project.pk for project in projects]))
    stages = {project.pk: project.lifecycle for project in projects}
    settled: dict[str, Counter[str]] = {stage: Counter() for stage in Lifecycle.values}
    for project, recipe, alone, with_models, items in counted:
        # A recipe that is gone from the registry is no cell any more.
        own = LABELING if alone else CO_ANNOTATION if with_models else BY_PEOPLE_ALONE
        settled[stages[project]][cells.get(recipe, BY_PEOPLE_ALONE) if recipe else own] += items
    return Coverage(settled)


def rare_labels(project: Project) -> list[RareLabel]:
    """The rarest first; none before anything is settled."""
    found: list[RareLabel] = []
    for question in project.question_list:
        if not question.values:
            continue
        rows = Consensus.objects.filter(project=project, question=question.name, item__stage=Stage.SETTLED)
        counted = Counter(dict.fromkeys(question.values, 0))
        for value, items in rows.order_by().values_list("value").annotate(items=Count("pk")).iterator():
            for key in type_of(question).keys(question, value):
                if key in counted:
                    counted[key] += items
        even = counted.total() / len(counted)
        found += [
            RareLabel(question.name, question.title, value, question.option_title(value), items, round(even))
            for value, items in counted.items()
            if items < even * RARE
        ]
    return sorted(found, key=lambda each: each.items)[:LISTED]


def _settled(projects: Sequence[int]) -> list[tuple[int, str, bool, bool, int]]:
    with connection.cursor() as cursor:
        cursor.execute(SETTLED, {"projects": list(projects)})
        return cursor.fetchall()
