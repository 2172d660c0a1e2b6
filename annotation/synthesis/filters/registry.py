"""The filters a recipe can name. To add one: write its file, name it here."""

from __future__ import annotations

from .base import Filter

FILTERS: dict[str, Filter] = {}
