"""Open flags, for those who look after them."""

from __future__ import annotations

from annotation.models import Flag, Project

from .keyset import Slice, slice_of

PAGE = 25


def open_flags(project: Project, *, after: int | None = None, before: int | None = None) -> Slice[Flag]:
    """The newest first."""
    flags = Flag.objects.open().filter(project=project).select_related("item", "user")
    return slice_of(flags.defer("item__embedding"), after=after, before=before, size=PAGE, newest_first=True)
