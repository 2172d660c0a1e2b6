"""Pages of items by key, under every order of the list: page 1,000 costs what page 1 does."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from annotation.models import Item, Project
from annotation.models.filters import LARGEST_ID, Filters
from annotation.models.selection import select_keys

from .walking import RANKS, Key, Walk

# Beyond this many, the list says “10,000+”: nobody pages that far, and an exact figure would read every match.
COUNTED = 10_000
# Milliseconds that a page waits for that figure.
PATIENCE = 75


class InvalidPlace(ValueError):
    """This is no place that a page could begin at."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one item stands in an order."""

    item: int
    rank: float | None = None

    def __str__(self) -> str:
        return str(self.item) if self.rank is None else f"{self.rank!r}~{self.item}"


@dataclass(frozen=True, slots=True)
class Slice:
    """Ids in the order asked for. `previous` and `next` are the places to page from, None at the ends."""

    items: list[int]
    previous: Place | None
    next: Place | None


def parse_place(raw: str, order: str) -> Place:
    """What `str(place)` wrote for this order. Raises InvalidPlace."""
    rank, separator, item = raw.rpartition("~")
    if bool(separator) != (order in RANKS) or not (item.isascii() and item.isdigit() and len(item) < 20):
        raise InvalidPlace(_("This page does not belong to this order; begin at the first page."))
    try:
        place = Place(int(item), float(rank) if separator else None)
    except ValueError as error:
        raise InvalidPlace(_("This is no page.")) from error
    if place.item > LARGEST_ID or not math.isfinite(place.rank or 0):
        raise InvalidPlace(_("This is no page."))
    return place


def place_of(item: Item, order: str) -> Place:
    """Where this item stands."""
    if order not in RANKS:
        return Place(item.pk)
    (rank,) = Item.objects.filter(pk=item.pk).values_list(RANKS[order], flat=True)
    return Place(item.pk, float(rank))


def slice_of_items(
    project: Project,
    filters: Filters,
    *,
    order: str = "oldest",
    after: Place | None = None,
    before: Place | None = None,
    among: Collection[int] | None = None,
    size: int,
) -> Slice:
    """`size` items that follow `after`, or that come before `before`."""
    backwards = before is not None
    rising = backwards == (order == "newest")
    walk = Walk(project, order, rising, _key(before or after))
    found = walk.rows(filters, among, size + 1)
    more = len(found) > size
    page = found[:size][::-1] if backwards else found[:size]
    places = [_place(row) for row in page]
    return Slice(
        items=[place.item for place in places],
        previous=places[0] if places and (more if backwards else after is not None) else None,
        next=places[-1] if places and (backwards or more) else None,
    )


def counted(project: Project, filters: Filters, *, among: Collection[int] | None = None, most: int = COUNTED) -> int:
    """How many fit; `most` + 1 where there are more."""
    return select_keys(project, filters, among=among).order_by()[: most + 1].count()


def counted_soon(project: Project, filters: Filters, *, among: Collection[int] | None = None) -> int | None:
    """The same for a page that does not wait: None where counting takes longer than PATIENCE."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", ["statement_timeout"])
        (usual,) = cursor.fetchone()
        try:
            with transaction.atomic():
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{PATIENCE}ms"])
                return counted(project, filters, among=among)
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            return None
        finally:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [usual])


def in_order(items: Sequence[int]) -> list[Item]:
    """The rows of a page, as its slice has them; one that was deleted meanwhile is missing."""
    rows = Item.objects.defer("embedding", "content_hash").in_bulk(items)
    return [rows[pk] for pk in items if pk in rows]


def _key(place: Place | None) -> Key | None:
    if place is None:
        return None
    return (place.item,) if place.rank is None else (place.rank, place.item)


def _place(row: Key) -> Place:
    return Place(row[0]) if len(row) == 1 else Place(row[1], row[0])
