"""Search by meaning: the items' vectors, how far they are made, and the sentences that were asked for."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from pgvector.django import HalfVectorField, HnswIndex

from .item import EMBEDDING_DIMENSIONS, Item
from .project import Project


class ItemVector(models.Model):
    """A table of its own for the reason of ItemSearch: an item's row is rewritten with every vote."""

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="vector_entry")
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    vector = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS)

    class Meta:
        indexes = [
            HnswIndex(
                name="item_vector_nearest",
                fields=["vector"],
                m=16,
                ef_construction=64,
                opclasses=["halfvec_cosine_ops"],
            )
        ]


class MeaningIndex(models.Model):
    """Exists from the first search by meaning on: from then on, items get their vectors as they come in."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="meaning_index")
    upto = models.BigIntegerField(default=0, help_text="Items up to this id have their vectors.")
    made = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)


class Phrase(models.Model):
    """A sentence that somebody looks for; a worker gives it its vector."""

    text = models.CharField(max_length=500, unique=True)
    vector = HalfVectorField(dimensions=EMBEDDING_DIMENSIONS, null=True)
    asked_at = models.DateTimeField(db_default=Now())
