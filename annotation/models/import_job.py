"""A file on its way in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .job import LeasedJob
from .project import Project

EXAMPLES = 10


class Upload(models.Model):
    """A file whose project is still being designed; nobody but its uploader sees it."""

    file = models.CharField(max_length=300, help_text="Path below the site's file folder; chosen by us.")
    filename = models.CharField(max_length=255, help_text="The name that the uploader gave.")
    size = models.PositiveBigIntegerField()
    format = models.CharField(max_length=40)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.filename


class ImportJob(LeasedJob):
    """Counters and checkpoint move with the rows they count, so a killed import resumes exactly there."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="imports")
    file = models.CharField(max_length=300, help_text="Path below the site's file folder; chosen by us.")
    filename = models.CharField(max_length=255, help_text="The name that the uploader gave.")
    size = models.PositiveBigIntegerField(default=0)
    format = models.CharField(max_length=40)
    mapping = models.JSONField(default=dict)
    position = models.PositiveBigIntegerField(default=0, help_text="Bytes read.")
    checkpoint = models.PositiveBigIntegerField(default=0, help_text="The last line whose fate is recorded.")
    read = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    answers = models.PositiveIntegerField(default=0, db_default=0, help_text="Annotations that came with the items.")
    lost = models.PositiveIntegerField(default=0, db_default=0, help_text="What came in without something it had.")

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


class ImportLoss(models.Model):
    """Something that rows which came in held and that could not come with them: what, how often, and where first."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="losses")
    sentence = models.CharField(max_length=500)
    count = models.PositiveIntegerField(help_text="Rows it happened in; 0 where it is said of the file as a whole.")
    examples = models.JSONField(default=list, help_text="[[line, what it was], …]: the first EXAMPLES of them.")

    class Meta:
        ordering = ["-count", "sentence"]
        constraints = [models.UniqueConstraint(fields=["job", "sentence"], name="import_loss_once_per_sentence")]
