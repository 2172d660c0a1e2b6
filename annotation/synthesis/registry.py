"""The recipes a project can run. To add one: write its file, name it here."""

from __future__ import annotations

from .base import Recipe

RECIPES: dict[str, Recipe] = {}
