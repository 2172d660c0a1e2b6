"""What an item was made from, and what was made from it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import Item, Project
from annotation.questions import as_text

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Relative:
    item: Item
    text: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The first SHOWN on either side; `more_…` says that there are others."""

    parents: list[Relative]
    children: list[Relative]
    more_parents: bool
    more_children: bool


def lineage_of(project: Project, item: Item) -> Lineage:
    parents, more_parents = _relatives(project, item.parents.all())
    children, more_children = _relatives(project, item.children.all())
    return Lineage(parents, children, more_parents, more_children)


def _relatives(project: Project, items: QuerySet[Item]) -> tuple[list[Relative], bool]:
    first = project.fields[0]
    rows = list(items.filter(project=project).defer("embedding", "content_hash").order_by("pk")[: SHOWN + 1])
    found = [Relative(row, as_text(first["type"], row.fields.get(first["name"]))) for row in rows[:SHOWN]]
    return found, len(rows) > SHOWN
