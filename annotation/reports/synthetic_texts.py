"""Generated texts and real ones beside each other, as the report on synthetic data measures them: drawn by lot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from annotation.models import Candidate, Consensus, Fate, Item, Project, Source, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions import Question, Shape, type_of
from annotation.synthesis.registry import RECIPES
from annotation.synthesis.texts import shown_text

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Texts of a group, recipes (those with the most items), and protected texts that are looked at.
MOST, MOST_RECIPES, MOST_PROTECTED = 500, 6, 2_000
# Of fewer texts nothing is said.
LEAST = 20
REAL, OTHER = "real", "other"
"""The real texts in two halves: what differs between these is chance. A recipe cannot have these names."""
TEST = "test"


@dataclass(frozen=True, slots=True)
class Text:
    """`label`: of a generated text what it was made to be, of a real one what it was settled as; empty without one.
    `decided`: what it was settled as. `family`: the real item that it comes from in the end; itself where it is real.
    """

    item: int
    text: str
    label: str
    decided: str
    family: int
    vector: np.ndarray | None = None


Groups = dict[str, list[Text]]
"""{recipe, REAL or OTHER: its texts}, recipes first."""


def class_question(project: Project) -> Question | None:
    """The question whose answers are the classes: the first that has one option as its answer."""
    return next((each for each in project.question_list if type_of(each).shape is Shape.ONE), None)


def groups_of(project: Project, filters: Filters, *, vectors: bool = False) -> Groups:
    """At most 500 texts of each of the six recipes with the most items, and of each half of the real data.

    Which they are, their content's hash decides: the same at every look. Real are imported items out of the test split,
    settled ones where there are enough. With `vectors`, those alone that have one. None without generated texts.
    """
    question = class_question(project)
    drawn = _drawn(project, filters)
    items = _items([item for each in drawn.values() for item in each], vectors)
    settled = _settled(project, question, items)
    meant = _meant(question, [item for name, each in drawn.items() if name not in (REAL, OTHER) for item in each])
    groups: Groups = {}
    for name, each in drawn.items():
        groups[name] = [
            Text(
                item,
                shown_text(project.fields, items[item][0]),
                settled.get(item, "") if name in (REAL, OTHER) else meant.get(item, ""),
                settled.get(item, ""),
                items[item][1] or item,
                items[item][2],
            )
            for item in each
            if item in items
        ]
    return groups


def read_by(project: Project, filters: Filters) -> list[int]:
    """The items whose vectors `groups_of` wants."""
    return [item for each in _drawn(project, filters).values() for item in each]


def protected_items(project: Project, families: Collection[int]) -> QuerySet[Item]:
    """What must not leak into training: the test split, and hidden checks that nothing was made of. Newest first."""
    guarded = Item.objects.filter(Q(split__iexact=TEST) | Q(gold__isnull=False), project=project)
    newest = guarded.exclude(~Q(split__iexact=TEST), pk__in=families).order_by("-pk")
    return newest[:MOST_PROTECTED]


def by_class(texts: Iterable[Text]) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = defaultdict(list)
    for each in texts:
        if each.label:
            found[each.label].append(each)
    return dict(found)


def evened(groups: Groups, classes: Sequence[str]) -> Iterator[tuple[str, str, list[Text]]]:
    """(group, class or "" for all, texts), equally many of every group: most measures depend on how many there are.

    Groups with fewer than 20 texts are left out.
    """
    for label in ("", *classes):
        cells = {name: by_class(texts).get(label, []) if label else texts for name, texts in groups.items()}
        cells = {name: texts for name, texts in cells.items() if len(texts) >= LEAST}
        size = min(map(len, cells.values()), default=0)
        for name, texts in cells.items():
            yield name, label, texts[:size]


def classes_of(project: Project) -> list[str]:
    question = class_question(project)
    return list(question.values) if question else []


def stacked(texts: Sequence[Text]) -> np.ndarray:
    """[n, d] their vectors."""
    return np.array([each.vector for each in texts], dtype=np.float64)


def group_title(name: str) -> str:
    if name == REAL:
        return _("Real data, one half")
    if name == OTHER:
        return _("Real data, other half")
    return _(RECIPES[name].title) if name in RECIPES else name


def class_title(project: Project, label: str) -> StrOrPromise:
    question = class_question(project)
    if not label or question is None:
        return _("All")
    return question.option_title(label) if label in question.values else label


def _drawn(project: Project, filters: Filters) -> dict[str, list[int]]:
    """Group → items, by lot. Nothing where no recipe has made any."""
    fitting = select(project, filters)
    kept = Candidate.objects.filter(
        run__project=project, fate=Fate.KEPT, item__in=fitting.filter(source=Source.RECIPE).order_by().values("pk")
    )
    counted = kept.order_by().values_list("run__recipe").annotate(items=Count("pk")).order_by("-items", "run__recipe")
    found: dict[str, list[int]] = {}
    for recipe, _items in counted[:MOST_RECIPES]:
        of_recipe = kept.filter(run__recipe=recipe).order_by("item__content_hash")
        found[recipe] = [item for item in of_recipe.values_list("item_id", flat=True)[:MOST] if item is not None]
    if not found:
        return {}
    real = fitting.filter(source=Source.IMPORTED).exclude(split__iexact=TEST).order_by("content_hash")
    chosen = list(real.filter(stage=Stage.SETTLED).values_list("pk", flat=True)[: 2 * MOST])
    if len(chosen) < 2 * LEAST:
        chosen = list(real.values_list("pk", flat=True)[: 2 * MOST])
    return {**found, REAL: chosen[::2], OTHER: chosen[1::2]}


def _items(wanted: Collection[int], vectors: bool) -> dict[int, tuple[dict[str, str], int | None, np.ndarray | None]]:
    rows = Item.objects.filter(pk__in=wanted)
    if not vectors:
        return {pk: (fields, family, None) for pk, fields, family in rows.values_list("pk", "fields", "family")}
    read = rows.filter(embedding__isnull=False).values_list("pk", "fields", "family", "embedding")
    return {pk: (fields, family, np.asarray(vector, dtype=np.float32)) for pk, fields, family, vector in read}


def _settled(project: Project, question: Question | None, items: Collection[int]) -> dict[int, str]:
    if question is None:
        return {}
    rows = Consensus.objects.filter(project=project, question=question.name, item__in=items, item__stage=Stage.SETTLED)
    return {item: str(value) for item, value in rows.values_list("item_id", "value") if str(value) in question.values}


def _meant(question: Question | None, items: Collection[int]) -> dict[int, str]:
    if question is None:
        return {}
    rows = Candidate.objects.filter(item__in=items).values_list("item_id", "answers")
    return {
        item: str(answers[question.name])
        for item, answers in rows
        if item is not None and str(answers.get(question.name)) in question.values
    }
