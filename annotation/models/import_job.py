"""A file on its way in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .job import JobState
from .project import Project


class ImportJob(models.Model):
    """Counters and checkpoint move with the rows they count, so a killed import resumes exactly there."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.PENDING)
    file = models.CharField(max_length=300, help_text="Path below the site's file folder; chosen by us.")
    filename = models.CharField(max_length=255, help_text="The name that the uploader gave.")
    size = models.PositiveBigIntegerField(default=0)
    format = models.CharField(max_length=20)
    mapping = models.JSONField(default=dict)
    position = models.PositiveBigIntegerField(default=0, help_text="Bytes read.")
    checkpoint = models.PositiveBigIntegerField(default=0, help_text="The last line whose fate is recorded.")
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_active(self) -> bool:
        return self.state in JobState.active()


class RejectedRow(models.Model):
    """A row that could not come in: its line and why."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rejected_rows")
    line = models.PositiveBigIntegerField()
    reason = models.TextField()
    excerpt = models.TextField(blank=True)

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["job", "line"], name="rejected_row_once")]
