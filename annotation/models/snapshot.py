"""A frozen export: numbered, immutable, checksummed; and the files that were made of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .job import JobState, LeasedJob
from .project import Project


class Snapshot(LeasedJob):
    """What was frozen are its records; `format`, `sha256` and `size` are of the file that was asked for with it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    format = models.CharField(max_length=40)
    filters = models.JSONField(default=dict, blank=True)
    splits = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True, db_default={}, help_text="workflow/terms")
    settings = models.JSONField(default=dict, blank=True, db_default={}, help_text="What its format leaves to choose.")
    records = models.CharField(
        max_length=300, blank=True, db_default="", default="", help_text="The file that everything else is made of."
    )
    records_sha256 = models.CharField(max_length=64, blank=True, db_default="", default="")
    records_size = models.PositiveBigIntegerField(default=0, db_default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0, help_text="Frozen so far.")
    written = models.PositiveIntegerField(default=0, db_default=0, help_text="Of these, written to the file so far.")
    manifest = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="snapshot_once_per_number")]

    def __str__(self) -> str:
        return f"{self.project.slug}-{self.number:03}"


class SnapshotFile(LeasedJob):
    """The records of a snapshot in one format, or how they differ from those of an earlier one (`base`).

    Where retention removed the file, `file` is empty and `sha256` is kept: made again, it must have the same bytes.
    """

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="files")
    format = models.CharField(max_length=40, blank=True, help_text="Empty for a difference.")
    settings = models.JSONField(default=dict, blank=True)
    base = models.ForeignKey(Snapshot, models.CASCADE, null=True, blank=True, related_name="differences")
    file = models.CharField(max_length=300, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    losses = models.JSONField(default=dict, blank=True, help_text="{sentence: how often}")
    summary = models.JSONField(default=dict, blank=True, help_text="What a difference comes to.")
    software = models.CharField(max_length=40, blank=True, help_text="The version that wrote it.")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["snapshot", "format", "settings"],
                condition=Q(base__isnull=True),
                name="snapshot_file_once_per_format",
            ),
            models.UniqueConstraint(
                fields=["snapshot", "base"], condition=Q(base__isnull=False), name="snapshot_difference_once"
            ),
        ]
        indexes = [
            models.Index(fields=["file"], condition=~Q(file=""), name="snapshot_file_by_path"),
            models.Index(
                fields=["id"], condition=Q(state__in=[JobState.PENDING, JobState.RUNNING]), name="snapshot_file_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot} · {self.format or f'from {self.base}'}"

    @property
    def project(self) -> Project:
        return self.snapshot.project

    @property
    def is_removed(self) -> bool:
        """Made once, and taken from the disk since."""
        return bool(self.sha256) and not self.file


class SnapshotLedger(models.Model):
    """What a project's snapshots have in common: the last number given, and how long files are kept.

    A file stays while it is younger than `keep_days` or its snapshot is among the last `keep_last`; with neither, for
    good. Numbers of deleted snapshots are not given again.
    """

    project = models.OneToOneField(Project, models.CASCADE, related_name="snapshot_ledger")
    last_number = models.PositiveIntegerField(default=0)
    keep_days = models.PositiveIntegerField(null=True, blank=True)
    keep_last = models.PositiveIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.project} · {self.last_number}"
