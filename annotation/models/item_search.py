"""What an item is found by: its words and the facts of its metadata."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from .item import Item
from .project import Project

FACT_LENGTH = 300


class ItemSearch(models.Model):
    """A table of its own, because an item's row is rewritten with every claim and vote, and each time its indexes too.

    A trigger of the database writes it whenever items come in, so no way in can forget to. It stands back for whoever
    says `SET LOCAL synthweb.bulk = 'on'` and writes an `Unindexed` instead (migration 0022). PostgreSQL refuses more
    than 1 MB of words in one vector: of longer texts the first 200,000 characters are found (migration 0012).
    """

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="search_entry")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    words = SearchVectorField(help_text="Of all its fields and its external id, as they are written.")
    facts = ArrayField(models.TextField(), default=list, help_text="“key=value” of its metadata.")

    class Meta:
        verbose_name_plural = "item search"
        indexes = [
            GinIndex(fields=["words"], name="item_search_words"),
            GinIndex(fields=["facts"], name="item_search_facts"),
        ]


class Unindexed(models.Model):
    """Items that came in by the thousand and have no entry yet: those of one project from `first` to `last`."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="unindexed")
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
