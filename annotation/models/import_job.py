"""A file on its way in."""

from __future__ import annotations

from django.db import models

from .job import LeasedJob
from .project import Project


class ImportJob(LeasedJob):
    """Counters and checkpoint move with the rows they count, so a killed import resumes exactly there."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
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

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename


class RejectedRow(models.Model):
    """A row that could not come in: its line and why."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="rejected_rows")
    line = models.PositiveBigIntegerField()
    reason = models.TextField()
    excerpt = models.TextField(blank=True)

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["job", "line"], name="rejected_row_once")]
