"""What a change of many items has to know how to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import gettext_noop

from annotation.models import Assignment, BulkChange, Item, Project, RunItem

Before = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item: what undoing needs to know, or why it was left alone."""

    before: Before | None = None
    reason: str = ""


GONE = Result(reason=gettext_noop("It is gone."))


class Action(Protocol):
    """The contract of a `bulk_….py`; both verbs run inside the transaction of their batch."""

    def clean_details(self, project: Project, details: Mapping[str, Any]) -> dict[str, Any]:
        """As they are stored. Raises Refused."""

    def apply(self, change: BulkChange, items: Sequence[int]) -> dict[int, Result]:
        """A result for each of `items`."""

    def revert(self, change: BulkChange, before: Mapping[int, Before]) -> dict[int, str]:
        """{item: why not}, of those that could not be brought back."""


def lock_items(project: int, items: Sequence[int], *, leases: bool = False) -> dict[int, Item]:
    """The items that are still there, locked until the end of the transaction, in the order of their ids.

    `leases`: their assignments and pieces of runs too, and first, as whoever answers or stores votes locks them.
    """
    if leases:
        for model in (Assignment, RunItem):
            list(model.objects.select_for_update().filter(item__in=items).order_by("pk").values_list("pk"))
    rows = Item.objects.select_for_update(no_key=not leases).filter(pk__in=items, project=project).order_by("pk")
    return {item.pk: item for item in rows.defer("embedding")}
