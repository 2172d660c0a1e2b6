"""What somebody was told, and how much of it they have not read."""

from __future__ import annotations

from annotation.models import Notification, User

from .keyset import Slice, slice_of

PAGE = 30
# Beyond this the bell only says "more": its cost must not grow with what nobody reads.
COUNTED = 99


def unread_count(user: User) -> int:
    """How many unread notifications, at most COUNTED + 1, of projects this person is still in."""
    mine = Notification.objects.unread().filter(user=user, project__memberships__user=user)
    return mine.order_by()[: COUNTED + 1].count()


def inbox_page(user: User, *, after: int | None = None, before: int | None = None) -> Slice[Notification]:
    """The newest first; a project that this person left takes its notifications with it."""
    mine = Notification.objects.filter(user=user, project__memberships__user=user)
    told = mine.select_related("project", "item", "actor", "returned__assignment").defer("item__embedding")
    return slice_of(told, after=after, before=before, size=PAGE, newest_first=True)
