"""Items' texts as figures speak of them: how they begin, and how long they are."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import CharField, Expression, IntegerField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Left, Length

from annotation.models import Item, Project

SHOWN = 120


def beginnings(project: Project, items: Collection[int]) -> dict[int, str]:
    """Item → the first characters of its first field. Items that are gone are missing."""
    first = project.fields[0]["name"]
    text = Left(Cast(KeyTextTransform(first, "fields"), CharField()), SHOWN)
    return dict(Item.objects.filter(project=project, pk__in=items).annotate(text=text).values_list("pk", "text"))


def characters(project: Project, path: str = "fields") -> Expression:
    """How many characters an item's fields have together; `path` leads to them."""
    output: Any = IntegerField()
    total: Any = Value(0, output_field=output)
    for field in project.fields:
        text = Cast(KeyTextTransform(field["name"], path), CharField())
        total = total + Coalesce(Length(text), Value(0), output_field=output)
    return total
