"""What the votes on an item amount to, per question."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .item import Item
from .project import Fusion, Project

# The method of a label that a reviewer found to be ambiguous: its distribution is the label.
AMBIGUOUS = "ambiguous"


class DecidedBy(models.TextChoices):
    PEOPLE = "people", _("People")
    MODEL = "model", _("Models")
    REVIEWER = "reviewer", _("Reviewer")
    JUDGE = "judge", _("Judge")


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

    @property
    def method_title(self) -> str:
        """How its votes became one, in words; one that is no choice of the policy's keeps its name."""
        return str(Fusion(self.method).label) if self.method in Fusion.values else self.method
