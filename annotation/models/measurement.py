"""What a figure of a dashboard came to when a worker last counted it, and the job that counts it anew."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .job import LeasedJob
from .project import Project


class Measurement(LeasedJob):
    """One figure under one set of filters. `value` stays readable while the next one is being worked out."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="measurements")
    name = models.CharField(max_length=60, help_text="A figure in reports/figures/registry.py.")
    filters = models.JSONField(default=dict, help_text="As an address says them.")
    key = models.CharField(max_length=64, blank=True, help_text="A hash of the filters; empty without one.")
    edition = models.PositiveIntegerField(default=0, help_text="The figure's, when it was counted.")
    schema_version = models.PositiveIntegerField(default=0, help_text="Whose questions it is about.")
    value = models.JSONField(null=True)
    stamp = models.CharField(max_length=200, blank=True, help_text="How far the project's rows were then.")
    computed_at = models.DateTimeField(null=True)
    took = models.FloatField(default=0, help_text="Seconds.")
    looked_at = models.DateTimeField(db_default=Now(), help_text="When somebody last looked at it, by the minute.")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["project", "name", "key"], name="measurement_once_per_filters")]
        indexes = [models.Index(fields=["looked_at"], name="measurement_looked_at")]

    def __str__(self) -> str:
        return self.name
