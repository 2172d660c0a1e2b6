"""What one person has answered, skipped and flagged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from django.db.models import Exists, OuterRef, QuerySet

from annotation.models import Annotation, Annotator, Assignment, AssignmentState, Flag, Resolution

from .keyset import Slice, slice_of

PAGE = 30
Row = TypeVar("Row", Annotation, Assignment)


@dataclass(frozen=True, slots=True)
class MyFilter:
    """`day` is a day in the site's time zone; `flagged` leaves those whose flag of mine is open."""

    day: date | None = None
    flagged: bool = False


def my_answers(
    annotator: Annotator, wanted: MyFilter, *, after: int | None = None, before: int | None = None
) -> Slice[Annotation]:
    """Current answers that were given here, the newest first, with whether a reviewer has decided since."""
    mine = Annotation.objects.current().filter(annotator=annotator, assignment__isnull=False)
    if wanted.day is not None:
        mine = mine.filter(created_at__date=wanted.day)
    decided = Exists(Resolution.objects.filter(item=OuterRef("item")))
    rows = _flagged(mine, annotator, wanted).select_related("item").defer("item__embedding").annotate(decided=decided)
    return slice_of(rows, after=after, before=before, size=PAGE, newest_first=True)


def my_skips(
    annotator: Annotator, wanted: MyFilter, *, after: int | None = None, before: int | None = None
) -> Slice[Assignment]:
    """Skipped items, the newest lease first."""
    mine = Assignment.objects.filter(annotator=annotator, state=AssignmentState.SKIPPED)
    if wanted.day is not None:
        mine = mine.filter(closed_at__date=wanted.day)
    rows = _flagged(mine, annotator, wanted).select_related("item").defer("item__embedding")
    return slice_of(rows, after=after, before=before, size=PAGE, newest_first=True)


def _flagged(rows: QuerySet[Row], annotator: Annotator, wanted: MyFilter) -> QuerySet[Row]:
    if not wanted.flagged:
        return rows
    return rows.filter(Exists(Flag.objects.open().filter(item=OuterRef("item"), user=annotator.user_id)))
