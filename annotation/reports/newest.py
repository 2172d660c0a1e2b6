"""Pages by key with the newest row first: `after` leads on to older ones, `before` back to newer ones."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from .keyset import Slice

Row = TypeVar("Row", bound=Model)


def newest_slice_of(rows: QuerySet[Row], *, after: int | None, before: int | None, size: int) -> Slice[Row]:
    """`size` rows older than `after`, or newer than `before`."""
    backwards = before is not None
    if backwards:
        found = list(rows.filter(pk__gt=before).order_by("pk")[: size + 1])
        page = found[:size][::-1]
    else:
        older = rows if after is None else rows.filter(pk__lt=after)
        found = list(older.order_by("-pk")[: size + 1])
        page = found[:size]
    more = len(found) > size
    return Slice(
        rows=page,
        previous=page[0].pk if page and (more if backwards else after) else None,
        next=page[-1].pk if page and (backwards or more) else None,
    )
