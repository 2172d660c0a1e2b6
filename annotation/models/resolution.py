"""A reviewer's decision on an item."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .item import Item
from .project import Project


class Resolution(models.Model):
    """Where it is `ambiguous`, the answers are but what leads in the `distribution`, which is the label."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="resolutions")
    item = models.ForeignKey(Item, models.CASCADE, related_name="resolutions")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reviewer_name = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="Of a decision that came with its item."
    )
    answers = models.JSONField()
    ambiguous = models.BooleanField(default=False, db_default=False)
    distribution = models.JSONField(
        default=dict, db_default={}, help_text="{question: {key: share}} of one that is ambiguous."
    )
    merge = models.JSONField(
        default=dict, db_default={}, help_text="{question: strategy} by which votes became the answer."
    )
    comment = models.TextField(blank=True)
    version = models.PositiveIntegerField(help_text="The item's version that the reviewer saw.")
    schema_version = models.PositiveIntegerField(default=1, help_text="Whose questions the answers fit.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Two reviewers who saw the same version cannot both decide.
            models.UniqueConstraint(fields=["item", "version"], name="resolution_once_per_version")
        ]
        indexes = [models.Index(fields=["project", "reviewer", "-id"], name="resolution_mine")]
