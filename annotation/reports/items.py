"""Pages of a project's items, filtered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from annotation.models import Consensus, Item, Project
from annotation.questions import as_text, type_of

from .counting import votes_on
from .keyset import slice_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Leading:
    """The value that leads on one question; `percent` is its posterior, 0 to 100."""

    question: str
    title: str
    percent: float
    decided_by: str


@dataclass(slots=True)
class ItemRow:
    """One line of the list: the item, what leads, and how many people and models voted."""

    item: Item
    text: str
    leading: list[Leading] = field(default_factory=list)
    people: int = 0
    models: int = 0


@dataclass(frozen=True, slots=True)
class ItemPage:
    """`previous` and `next` are the ids to page from, None at the ends."""

    rows: list[ItemRow]
    previous: int | None
    next: int | None


def item_page(
    project: Project,
    *,
    stage: str = "",
    search: str = "",
    label: tuple[str, str] | None = None,
    among: Collection[int] | None = None,
    after: int | None = None,
    before: int | None = None,
    size: int = PAGE,
) -> ItemPage:
    """`size` items in order of import that fit all filters; `label` is (question, value), `among` are ids."""
    chosen = Item.objects.filter(project=project).search(search).defer("embedding", "content_hash")
    if stage:
        chosen = chosen.filter(stage=stage)
    if among is not None:
        chosen = chosen.filter(pk__in=among)
    if label:
        # One statement about one row of consensus, so that both conditions meet in the same question.
        chosen = chosen.filter(consensus__question=label[0], consensus__value=label[1])
    found = slice_of(chosen, after=after, before=before, size=size)
    return ItemPage(_rows(project, found.rows), found.previous, found.next)


def _rows(project: Project, items: list[Item]) -> list[ItemRow]:
    first = project.fields[0]
    rows = {item.pk: ItemRow(item, as_text(first["type"], item.fields.get(first["name"]))) for item in items}
    questions = {question.name: question for question in project.question_list}
    for row in Consensus.objects.filter(item__in=rows).order_by("question"):
        if (question := questions.get(row.question)) is not None:
            title = type_of(question).display(question, row.value)
            rows[row.item_id].leading.append(Leading(question.title, title, 100 * row.posterior, row.decided_by))
    for pk, (people, models) in votes_on(rows).items():
        rows[pk].people, rows[pk].models = people, models
    return list(rows.values())
