"""One page of a project's items, with what the list says about each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from annotation.models import Consensus, Item, Project
from annotation.models.filters import Filters
from annotation.questions import as_text, type_of

from .counting import votes_on
from .ordering import Place, in_order, slice_of_items

PAGE = 50
EXCERPT, SHORT = 200, 60


@dataclass(frozen=True, slots=True)
class Leading:
    """The value that leads on one question; `percent` is its posterior, 0 to 100."""

    question: str
    title: str
    percent: float
    decided_by: str


@dataclass(slots=True)
class ItemRow:
    """One line of the list: the item, what leads, and how many people and models voted.

    `similarity`: to what is looked for by meaning, 0 to 100.
    """

    item: Item
    text: str
    leading: list[Leading] = field(default_factory=list)
    people: int = 0
    models: int = 0
    similarity: float | None = None

    @property
    def excerpt(self) -> str:
        """The beginning of its text. Not `truncatechars`, which looks at every character of every row."""
        return _beginning(self.text, EXCERPT)

    @property
    def short(self) -> str:
        return _beginning(self.text, SHORT)


@dataclass(frozen=True, slots=True)
class ItemPage:
    """`previous` and `next` are the places to page from, None at the ends."""

    rows: list[ItemRow]
    previous: Place | None = None
    next: Place | None = None


def item_page(
    project: Project,
    filters: Filters,
    *,
    order: str = "oldest",
    after: Place | None = None,
    before: Place | None = None,
    among: Collection[int] | None = None,
    size: int = PAGE,
) -> ItemPage:
    """`size` items that fit all filters and are `among` these ids where those are given."""
    found = slice_of_items(project, filters, order=order, after=after, before=before, among=among, size=size)
    return ItemPage(item_rows(project, in_order(found.items)), found.previous, found.next)


def item_rows(project: Project, items: Sequence[Item]) -> list[ItemRow]:
    """What the list says about these items; three queries, however many they are."""
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


def _beginning(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
