"""Pages by key: the thousandth page costs what the first one does, whatever comes and goes meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """Rows as they are shown. `previous` and `next` are the ids to page from, None at the ends."""

    rows: list[Row]
    previous: int | None
    next: int | None


def slice_of(
    rows: QuerySet[Row], *, after: int | None, before: int | None, size: int, newest_first: bool = False
) -> Slice[Row]:
    """`size` rows in order of id that follow `after`, or that come before `before`, as a reader of the list sees it."""
    backwards = before is not None
    place = before if backwards else after
    # Going back through the newest first is what going on through the oldest first is.
    ascending = backwards == newest_first
    beyond = rows if place is None else rows.filter(**{"pk__gt" if ascending else "pk__lt": place})
    found = list(beyond.order_by("pk" if ascending else "-pk")[: size + 1])
    page = found[:size][::-1] if backwards else found[:size]
    more = len(found) > size
    return Slice(
        rows=page,
        previous=page[0].pk if page and (more if backwards else after) else None,
        next=page[-1].pk if page and (backwards or more) else None,
    )
