"""What waits for a reviewer, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max

from annotation.models import Consensus, Event, Item, Project, Verb
from annotation.questions import as_text

from .counting import votes_on
from .keyset import slice_of
from .review_reasons import reasons_for

PAGE = 50


@dataclass(slots=True)
class ReviewRow:
    """One item in doubt: how many people and models voted, what leads, and since when it waits."""

    item: Item
    text: str
    reason: str
    people: int = 0
    models: int = 0
    leading: list[Consensus] = field(default_factory=list)
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """`previous` and `next` are the ids to page from, None at the ends."""

    rows: list[ReviewRow]
    previous: int | None
    next: int | None
    total: int


def review_page(
    project: Project, *, after: int | None = None, before: int | None = None, size: int = PAGE
) -> ReviewPage:
    """`size` items in review in order of import: seven queries, however many items."""
    waiting = Item.objects.filter(project=project).in_review().defer("embedding", "content_hash")
    found = slice_of(waiting, after=after, before=before, size=size)
    return ReviewPage(_rows(project, found.rows), found.previous, found.next, total=waiting.count())


def find_next(project: Project, pk: int) -> int | None:
    """The item to review after this one; from the start again at the end. None when no other waits."""
    waiting = Item.objects.filter(project=project).in_review().exclude(pk=pk).order_by("pk")
    following = waiting.filter(pk__gt=pk).values_list("pk", flat=True).first()
    return following or waiting.values_list("pk", flat=True).first()


def position_of(project: Project, item: Item) -> tuple[int, int]:
    """(which one, of how many) among the items in review."""
    waiting = Item.objects.filter(project=project).in_review()
    return waiting.filter(pk__lte=item.pk).count(), waiting.count()


def _rows(project: Project, items: Sequence[Item]) -> list[ReviewRow]:
    first = project.fields[0]
    reasons = reasons_for(project, items)
    rows = {
        item.pk: ReviewRow(item, as_text(first["type"], item.fields.get(first["name"])), reasons[item.pk])
        for item in items
    }
    for pk, (people, models) in votes_on(rows).items():
        rows[pk].people, rows[pk].models = people, models
    for consensus in Consensus.objects.filter(item__in=rows).order_by("question"):
        rows[consensus.item_id].leading.append(consensus)
    moved = Event.objects.filter(item__in=rows, verb=Verb.MOVED).order_by().values_list("item_id")
    since = dict(moved.annotate(at=Max("at")))
    for pk, row in rows.items():
        row.since = since.get(pk, row.item.created_at)
    return list(rows.values())
