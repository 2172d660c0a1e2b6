"""What the votes on an item amount to, per question."""

from __future__ import annotations

from django.db import models

from .item import Item
from .project import Project


class DecidedBy(models.TextChoices):
    PEOPLE = "people", "People"
    MODEL = "model", "Models"
    REVIEWER = "reviewer", "Reviewer"
    JUDGE = "judge", "Judge"


class Consensus(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="consensus")
    question = models.CharField(max_length=63)
    value = models.JSONField()
    posterior = models.FloatField()
    distribution = models.JSONField(default=dict)
    method = models.CharField(max_length=30)
    votes = models.PositiveSmallIntegerField()
    decided_by = models.CharField(max_length=10, choices=DecidedBy)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["question"]
        verbose_name_plural = "consensus"
        constraints = [models.UniqueConstraint(fields=["item", "question"], name="consensus_once_per_question")]
