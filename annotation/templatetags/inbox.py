"""The bell in the header: how much somebody has not read."""

from __future__ import annotations

from django import template

from annotation.models import User
from annotation.reports.inbox import COUNTED, unread_count

register = template.Library()


@register.simple_tag
def unread(user: User) -> str:
    """As it stands on the bell; empty where everything is read."""
    found = unread_count(user)
    return f"{COUNTED}+" if found > COUNTED else str(found or "")
