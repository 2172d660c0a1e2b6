"""Small arithmetic that templates need: thousands, times past, and the offsets of a stacked bar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

register = template.Library()


@register.filter
def number(value: int | None) -> str:
    """12345 → “12,345”; nothing → “0”. Not locale-dependent: the face is written in English."""
    return f"{value or 0:,}"


@register.filter
def ago(moment: datetime) -> str:
    """“just now”, “3 minutes ago”, “2 days ago”: the largest unit alone."""
    if timezone.now() - moment < timedelta(minutes=1):
        return "just now"
    return f"{timesince(moment, depth=1)} ago"


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
