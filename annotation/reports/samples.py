"""A few items to look at: the first ones, some by chance, or those one asks for."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from annotation.models import Item, Project

SIZE = 10


def sample_items(project: Project, *, seed: int | None = None, ids: Sequence[int] = (), size: int = SIZE) -> list[Item]:
    """These `ids` in order, or `size` items drawn by `seed` (the same for the same seed), or the first ones."""
    items = Item.objects.filter(project=project).defer("embedding", "content_hash")
    if ids:
        found = items.in_bulk(ids[:size])
        return [found[pk] for pk in dict.fromkeys(ids[:size]) if pk in found]
    if seed is None:
        return list(items.order_by("pk")[:size])
    drawn = MD5(Concat(Cast(F("pk"), TextField()), Value(f"·{seed}")))
    return list(items.order_by(drawn)[:size])
