"""A frozen export: numbered, immutable, checksummed."""

from __future__ import annotations

from django.db import models

from .job import LeasedJob
from .project import Project


class Snapshot(LeasedJob):
    project = models.ForeignKey(Project, models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    format = models.CharField(max_length=20)
    filters = models.JSONField(default=dict, blank=True)
    splits = models.JSONField(default=dict, blank=True)
    file = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    manifest = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="snapshot_once_per_number")]

    def __str__(self) -> str:
        return f"{self.project.slug}-{self.number:03}"
