"""One model's turn in a debate over a disputed item: kept as soon as it was taken, so that none is paid for twice."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .item import Item
from .labeler import Labeler
from .run import Run


class Order(models.TextChoices):
    """In which order the two options of a pairwise question were shown."""

    USUAL = "", _("As usual")
    FORWARD = "forward", _("In the project’s order")
    REVERSED = "reversed", _("The other way round")


class Turn(models.Model):
    item = models.ForeignKey(Item, models.CASCADE, related_name="turns")
    run = models.ForeignKey(Run, models.CASCADE, related_name="turns")
    # The judge behind the letter; whoever debated never learned it.
    speaker = models.ForeignKey(Labeler, models.SET_NULL, null=True, related_name="turns")
    place = models.PositiveSmallIntegerField(help_text="The speaker's place at the table, from 0: the letter.")
    round = models.PositiveSmallIntegerField(help_text="From 1.")
    question = models.CharField(max_length=63)
    order = models.CharField(max_length=10, choices=Order, blank=True, default=Order.USUAL)
    seed = models.BigIntegerField(help_text="Of the order in which votes and statements were shown.")
    answer = models.JSONField(null=True, help_text="Null where there is none; `failure` says why.")
    distribution = models.JSONField(default=dict)
    confidence = models.FloatField(default=0)
    rationale = models.TextField(blank=True)
    raw_reply = models.TextField(blank=True)
    failure = models.TextField(blank=True)
    tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["round", "place", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "item", "round", "place", "question", "order"], name="turn_once_per_call"
            )
        ]
        indexes = [models.Index(fields=["item", "run"], name="turn_by_item")]

    @property
    def letter(self) -> str:
        return chr(ord("A") + self.place)
