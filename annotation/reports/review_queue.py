"""What waits for a reviewer, reason by reason and page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max

from annotation.models import Consensus, Event, Flag, Item, Project, ReviewReason, Verb
from annotation.models.filters import FLAGGED, WAITING, Filters
from annotation.questions import as_text

from .counting import votes_on
from .ordering import COUNTED, Place, counted, in_order, slice_of_items
from .review_reasons import reasons_for

PAGE = 50


@dataclass(frozen=True, slots=True)
class Queue:
    """What one reviewer works through: the items that fit, in an order of the item list."""

    filters: Filters = field(default_factory=lambda: Filters(reason=WAITING))
    order: str = "oldest"


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
    """`previous` and `next`: the places to page from, None at the ends. `total`: COUNTED + 1 where there are more."""

    rows: list[ReviewRow]
    previous: Place | None
    next: Place | None
    total: int


def review_page(
    project: Project,
    queue: Queue | None = None,
    *,
    after: Place | None = None,
    before: Place | None = None,
    size: int = PAGE,
) -> ReviewPage:
    """`size` items of the queue (by default all that waits, in order of import): nine queries, however many items."""
    queue = queue or Queue()
    found = slice_of_items(project, queue.filters, order=queue.order, after=after, before=before, size=size)
    rows = _rows(project, in_order(found.items))
    return ReviewPage(rows, found.previous, found.next, total=counted(project, queue.filters))


def waiting_by_reason(project: Project) -> dict[str, int]:
    """How many items wait for which reason, under WAITING all of them; COUNTED + 1 where there are more.

    One look at each reason's part of an index, and at no more of it than is counted.
    """
    waiting = Item.objects.filter(project=project)
    parts = {reason.value: waiting.filter(review_reason=reason.value) for reason in ReviewReason}
    parts = {WAITING: waiting.in_review(), **parts}
    counts = {reason: rows.order_by()[: COUNTED + 1].count() for reason, rows in parts.items()}
    flagged = Flag.objects.open().filter(project=project).order_by().values("item").distinct()
    return {**counts, FLAGGED: flagged[: COUNTED + 1].count()}


def find_next(project: Project, queue: Queue, place: Place) -> int | None:
    """The item to review after the one at `place`; from the start again at the end. None when no other waits."""
    after = slice_of_items(project, queue.filters, order=queue.order, after=place, size=1).items
    first = after or slice_of_items(project, queue.filters, order=queue.order, size=2).items
    return next((pk for pk in first if pk != place.item), None)


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
