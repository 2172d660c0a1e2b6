"""The proof, from blind audits, that models may settle items alone; and every look that was taken for it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .project import Project


class Licence(models.Model):
    """Granted for items as sure as `threshold`; in force until it is revoked.

    `label` is the answer that it is for, empty where it is for all of them.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="licences")
    label = models.CharField(max_length=200, blank=True)
    threshold = models.FloatField(help_text="The posterior from which on models settle alone.")
    right = models.PositiveIntegerField(help_text="Audits as sure as that which the models had right.")
    accepted = models.PositiveIntegerField(help_text="Audits as sure as that.")
    bound = models.FloatField(help_text="Their accuracy is at least this, as sure as the guarantee is.")
    target = models.FloatField(help_text="The accuracy that was asked for.")
    granted_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was revoked.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "label"], condition=Q(revoked_at__isnull=True), name="licence_one_in_force"
            )
        ]
        indexes = [models.Index(fields=["project", "-id"], name="licence_newest")]

    def __str__(self) -> str:
        return f"Licence from {self.threshold:.3f}"
