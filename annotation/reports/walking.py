"""Walks through a project's items in an order, and what keeps one short where hardly anything on its way fits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import BooleanField, F, FloatField, Func, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from annotation.models import Project, Stage
from annotation.models.filters import Filters
from annotation.models.item import UNVOTED
from annotation.models.selection import select, select_keys

# So many items are looked at one by one, a few tens of milliseconds' worth, before a filter's own index is asked.
WINDOW = 10_000
# Ascending, and the id decides among equals; the orders that are missing here go by the id alone.
RANKS: dict[str, Any] = {
    "least_sure": Coalesce("sureness", UNVOTED),
    "most_disagreed": F("disagreement") * -1,
    "priority": F("priority") * -1,
}
# (rank, id), or (id,) where the order goes by the id alone.
Key = tuple[Any, ...]


class Compared(Func):
    """(rank, id) > (value, id), by `sign`: one row comparison, which an index on both answers; OR would read all."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        parts = [compiler.compile(each) for each in self.source_expressions]
        (rank, pk, value, item) = [sql for sql, _ in parts]
        sql = f"({rank}, {pk}) {self.extra['sign']} ({value}, {item})"
        return sql, [each for _, given in parts for each in given]


@dataclass(frozen=True, slots=True)
class Walk:
    """From one place on in one order, backwards through it where `rising` is false."""

    project: Project
    order: str
    rising: bool
    start: Key | None

    def rows(self, filters: Filters, among: Collection[int] | None, most: int) -> list[Key]:
        """The first `most` keys that fit.

        What was imported together is alike, and the planner takes matches to lie scattered: it would walk through all
        that lies before them. So a walk along the order's index ends at its window; where too few were found by then,
        all that fit are gathered by the filters' own indexes, and the first of them picked.
        """
        if among is not None:
            return list(self._gathered(filters, among)[:most])
        # Every index of a rank begins with project and stage: a walk in each stage and a merge costs five look-ups,
        # whatever other projects hold and however unlike the stages are.
        by_stage = self.order in RANKS and not filters.stage
        parts = [replace(filters, stage=each) for each in Stage.values] if by_stage else [filters]
        found: list[Key] = []
        edges: list[Key] = []
        for part in parts:
            bare = Filters(stage=part.stage)
            edge = None if part == bare else self._edge(bare, WINDOW // len(parts))
            rows = list(self._walked(part, edge)[:most])
            found += rows
            if edge is not None and len(rows) < most:
                edges.append(edge)
        found = sorted(found, reverse=not self.rising)[:most]
        if edges:
            nearest = min(edges) if self.rising else max(edges)
            if len(found) < most or (found[-1] > nearest if self.rising else found[-1] < nearest):
                return list(self._gathered(filters)[:most])
        return found

    def _edge(self, bare: Filters, window: int) -> Key | None:
        """The last key of the window; None where nothing lies beyond it."""
        return self._walked(bare, None)[window - 1 : window].first()

    def _walked(self, filters: Filters, edge: Key | None) -> QuerySet[Any, Any]:
        sign = "" if self.rising else "-"
        names = ("rank", "pk") if self.order in RANKS else ("pk",)
        return self._between(filters, edge).order_by(*(f"{sign}{name}" for name in names)).values_list(*names)

    def _gathered(self, filters: Filters, among: Collection[int] | None = None) -> QuerySet[Any, Any]:
        """Sorted by sums, which no index answers."""
        sign = "" if self.rising else "-"
        names = ("rank", "pk") if self.order in RANKS else ("pk",)
        sums = {f"{name}_sum": F(name) + 0 for name in names}
        rows = self._between(filters, None, among).annotate(**sums)
        return rows.order_by(*(f"{sign}{name}" for name in sums)).values_list(*names)

    def _between(self, filters: Filters, edge: Key | None, among: Collection[int] | None = None) -> QuerySet[Any, Any]:
        """Beyond the start, up to the edge."""
        bounds = ((self.start, ">" if self.rising else "<"), (edge, "<=" if self.rising else ">="))
        if self.order not in RANKS:
            lookups = {">": "gt", "<": "lt", "<=": "lte", ">=": "gte"}
            within = [Q((f"pk__{lookups[sign]}", key[0])) for key, sign in bounds if key is not None]
            return select_keys(self.project, filters, among=among, within=Q(*within))
        rows = select(self.project, filters, among=among).annotate(rank=RANKS[self.order])
        for key, sign in bounds:
            if key is not None:
                value = Value(key[0], output_field=FloatField())
                rows = rows.filter(Compared(RANKS[self.order], F("pk"), value, Value(key[1]), sign=sign))
        return rows
