"""One version of a model annotator; changed settings make a new version."""

from __future__ import annotations

from django.db import models

from .project import Project

# Kinds that rule on disputes instead of voting.
JUDGING = ("judge", "panel", "debate")


class Labeler(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="labelers")
    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField(default=1)
    kind = models.CharField(max_length=30, help_text="A name in labelers/registry.py.")
    config = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "-version"]
        constraints = [models.UniqueConstraint(fields=["project", "name", "version"], name="labeler_once_per_version")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def rules(self) -> bool:
        """Whether it is called by disputes, and reads votes instead of casting one."""
        return self.kind in JUDGING
