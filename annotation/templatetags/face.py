"""Small arithmetic that templates need: thousands, times past, and the offsets of a stacked bar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

register = template.Library()

# The longest first; a month is 30 days. Each in words of its own, because “vor 2 Tagen” has another case than “2 Tage”.
PAST = (
    (365 * 86_400, ngettext_lazy("%(count)d year ago", "%(count)d years ago", "count")),
    (30 * 86_400, ngettext_lazy("%(count)d month ago", "%(count)d months ago", "count")),
    (7 * 86_400, ngettext_lazy("%(count)d week ago", "%(count)d weeks ago", "count")),
    (86_400, ngettext_lazy("%(count)d day ago", "%(count)d days ago", "count")),
    (3_600, ngettext_lazy("%(count)d hour ago", "%(count)d hours ago", "count")),
    (60, ngettext_lazy("%(count)d minute ago", "%(count)d minutes ago", "count")),
)


@register.filter
def number(value: int | None) -> str:
    """12345 → “12,345”, in German “12.345”; nothing → “0”."""
    return number_format(value or 0, force_grouping=True)


@register.filter
def ago(moment: datetime) -> str:
    """“just now”, “3 minutes ago”, “2 days ago”: the largest unit alone."""
    seconds = (timezone.now() - moment).total_seconds()
    for length, words in PAST:
        if seconds >= length:
            return words % {"count": int(seconds // length)}
    return _("just now")


@register.filter
def stacked(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Parts of a whole, each with `count`, completed by `percent` and `offset` (both 0–100, of the total count)."""
    parts = list(parts)
    total = sum(part["count"] for part in parts) or 1
    drawn: list[dict[str, Any]] = []
    before = 0
    for part in parts:
        drawn.append({**part, "percent": 100 * part["count"] / total, "offset": 100 * before / total})
        before += part["count"]
    return drawn
