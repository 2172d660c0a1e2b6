"""Pages by key: the thousandth page costs what the first one does, whatever comes and goes meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """Rows in order of id. `previous` and `next` are the ids to page from, None at the ends."""

    rows: list[Row]
    previous: int | None
    next: int | None


def slice_of(rows: QuerySet[Row], *, after: int | None, before: int | None, size: int) -> Slice[Row]:
    """`size` rows that follow `after`, or that come before `before`."""
    backwards = before is not None
    if backwards:
        found = list(rows.filter(pk__lt=before).order_by("-pk")[: size + 1])
        page = found[:size][::-1]
    else:
        found = list(rows.filter(pk__gt=after or 0).order_by("pk")[: size + 1])
        page = found[:size]
    more = len(found) > size
    return Slice(
        rows=page,
        previous=page[0].pk if page and (more if backwards else after) else None,
        next=page[-1].pk if page and (backwards or more) else None,
    )
