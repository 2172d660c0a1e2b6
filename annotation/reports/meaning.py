"""Items by meaning: those whose vectors lie nearest to a sentence's or another item's."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.db.models import FloatField, Value
from django.db.models.functions import Cast
from pgvector.django import CosineDistance

from annotation.models import Item, ItemVector, MeaningIndex, Project, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select

NEAREST = 100
# Up to so many vectors are compared one by one, exactly; among more, the index finds nearly all of the nearest.
EXACT = 10_000
# How far the index is followed for items that fit the filters: what is rarer is compared one by one.
SCANNED = 20_000
WAITING = 10_000


def nearest(
    project: Project,
    vector: Sequence[float],
    filters: Filters,
    *,
    among: Collection[int] | None = None,
    beside: int | None = None,
    size: int = NEAREST,
) -> list[tuple[int, float]]:
    """(item, similarity from 0 to 100) of the `size` items most alike that fit the filters; not the item `beside`."""
    near = ItemVector.objects.filter(project=project).exclude(pk=beside)
    if filters.asked or among is not None:
        near = near.filter(item__in=select(project, filters, among=among))
    distance = CosineDistance("vector", list(vector))
    if near.order_by()[: EXACT + 1].count() <= EXACT:
        # A sum is nothing that the index of vectors could answer.
        exactly = near.annotate(distance=Cast(distance, FloatField()) + Value(0.0)).order_by("distance", "pk")
        found = list(exactly.values_list("pk", "distance")[:size])
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL hnsw.iterative_scan = 'relaxed_order'; SET LOCAL hnsw.ef_search = 100")
            cursor.execute("SET LOCAL hnsw.max_scan_tuples = %s", [SCANNED])
            found = list(near.annotate(distance=distance).order_by("distance").values_list("pk", "distance")[:size])
        found.sort(key=lambda pair: (pair[1], pair[0]))
    return [(pk, round(100 * (1 - distance), 1)) for pk, distance in found]


def vector_of(item: Item) -> Sequence[float] | None:
    """The item's vector, where a worker has made it."""
    entry = ItemVector.objects.filter(item=item).first()
    return None if entry is None else entry.vector


def without_vector(project: Project) -> int:
    """Items that search by meaning does not find yet; WAITING + 1 where there are more."""
    upto = MeaningIndex.objects.filter(project=project).values_list("upto", flat=True).first() or 0
    waiting = Item.objects.filter(project=project, stage__in=Stage.values, pk__gt=upto)
    return waiting.order_by()[: WAITING + 1].count()
