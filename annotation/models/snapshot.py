"""A frozen export: numbered, immutable, checksummed."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .job import JobState
from .project import Project


class Snapshot(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=JobState, default=JobState.PENDING)
    format = models.CharField(max_length=20)
    filters = models.JSONField(default=dict, blank=True)
    splits = models.JSONField(default=dict, blank=True)
    file = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    manifest = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="snapshot_once_per_number")]

    def __str__(self) -> str:
        return f"{self.project.slug}-{self.number:03}"

    @property
    def is_active(self) -> bool:
        return self.state in JobState.active()
