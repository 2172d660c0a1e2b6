"""Pages of items by key, under every order of the list: page 1,000 costs what page 1 does."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BooleanField, F, FloatField, Func, QuerySet, Value
from django.db.models.functions import Coalesce

from annotation.models import Item, Project, Stage
from annotation.models.filters import LARGEST_ID, Filters
from annotation.models.item import UNVOTED, ItemQuerySet
from annotation.models.selection import select

# Beyond this many, the list says “10,000+”: nobody pages that far, and an exact figure would read every match.
COUNTED = 10_000
# Ascending, and the id decides among equals; the orders that are missing here go by the id alone.
RANKS: dict[str, Any] = {
    "least_sure": Coalesce("sureness", UNVOTED),
    "most_disagreed": F("disagreement") * -1,
    "priority": F("priority") * -1,
}


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


class Beyond(Func):
    """(rank, id) > (value, id): one row comparison, which an index on both answers; OR would read everything."""

    output_field = BooleanField()
    sign = ">"

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        parts = [compiler.compile(each) for each in self.source_expressions]
        (rank, pk, value, item) = [sql for sql, _ in parts]
        return f"({rank}, {pk}) {self.sign} ({value}, {item})", [each for _, given in parts for each in given]


class Before(Beyond):
    sign = "<"


def parse_place(raw: str, order: str) -> Place:
    """What `str(place)` wrote for this order. Raises InvalidPlace."""
    rank, separator, item = raw.rpartition("~")
    if bool(separator) != (order in RANKS) or not (item.isascii() and item.isdigit() and len(item) < 20):
        raise InvalidPlace("This page does not belong to this order; begin at the first page.")
    try:
        place = Place(int(item), float(rank) if separator else None)
    except ValueError as error:
        raise InvalidPlace("This is no page.") from error
    if place.item > LARGEST_ID or not math.isfinite(place.rank or 0):
        raise InvalidPlace("This is no page.")
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
    parts = [filters] if filters.stage else [replace(filters, stage=stage) for stage in Stage.values]
    walks = [_walk(select(project, part, among=among), order, after, before)[: size + 1] for part in parts]
    # Every index begins with project and stage: a walk in each stage and a merge costs five index look-ups, whatever
    # other projects hold and however unlike the stages are. Merged here: in one statement, the planner walks every
    # stage in order to its end where it would otherwise have gone by the filter's own index.
    rows: list[Any] = [row for walk in walks for row in walk]
    found = sorted(rows, reverse=backwards != (order == "newest"))[: size + 1]
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
    return select(project, filters, among=among).order_by()[: most + 1].count()


def in_order(items: Sequence[int]) -> list[Item]:
    """The rows of a page, as its slice has them; one that was deleted meanwhile is missing."""
    rows = Item.objects.defer("embedding", "content_hash").in_bulk(items)
    return [rows[pk] for pk in items if pk in rows]


def _walk(items: ItemQuerySet, order: str, after: Place | None, before: Place | None) -> QuerySet[Item, Any]:
    backwards = before is not None
    place = before or after
    if order not in RANKS:
        if place is not None:
            rising = (order == "oldest") != backwards
            items = items.filter(pk__gt=place.item) if rising else items.filter(pk__lt=place.item)
        return _sorted(items.values_list("pk"), order, backwards)
    ranked = items.annotate(rank=RANKS[order])
    if place is not None:
        side = Before if backwards else Beyond
        given = (Value(place.rank, output_field=FloatField()), Value(place.item))
        ranked = ranked.filter(side(RANKS[order], F("pk"), *given))
    return _sorted(ranked.values_list("rank", "pk"), order, backwards)


def _sorted(rows: QuerySet[Item, Any], order: str, backwards: bool) -> QuerySet[Item, Any]:
    if order in RANKS:
        return rows.order_by(*(("-rank", "-pk") if backwards else ("rank", "pk")))
    return rows.order_by("pk" if (order == "oldest") != backwards else "-pk")


def _place(row: tuple[Any, ...]) -> Place:
    return Place(row[0]) if len(row) == 1 else Place(row[1], row[0])
