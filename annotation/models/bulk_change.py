"""One decision about many items at once, and what each of them was before."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from .job import JobState
from .project import Project


class BulkAction(models.TextChoices):
    LABEL = "label", "Label"
    REQUEUE = "requeue", "Ask people again"
    ASSIGN = "assign", "Assign"
    DELETE = "delete", "Delete"

    @property
    def needs_manager(self) -> bool:
        return self in (BulkAction.ASSIGN, BulkAction.DELETE)


class BulkChange(models.Model):
    """A job over the items that were chosen when it was asked for; `undoing` says which way it goes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="bulk_changes")
    action = models.CharField(max_length=10, choices=BulkAction)
    details = models.JSONField(default=dict, help_text="label: {answers, comment}; assign: {people, days, each}.")
    filters = models.JSONField(default=dict, help_text="What chose the items, as it was asked for.")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.PENDING)
    undoing = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True, help_text="When what it deleted was erased for good.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["project", "-id"], name="bulk_change_by_project"),
            models.Index(fields=["id"], condition=Q(state__in=("pending", "running")), name="bulk_change_active"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.total:,} item{'' if self.total == 1 else 's'}"

    @property
    def is_active(self) -> bool:
        return self.state in JobState.active()


class Outcome(models.TextChoices):
    PENDING = "pending", "To do"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Left alone"
    UNDONE = "undone", "Undone"
    KEPT = "kept", "Could not be undone"


class ChangedItem(models.Model):
    """`before` is what undoing needs; of a deleted item it is the item, with every row that belongs to it."""

    change = models.ForeignKey(BulkChange, models.CASCADE, related_name="changed_items")
    # No foreign key: deleted items are listed too.
    item = models.BigIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PENDING, db_default=Outcome.PENDING)
    reason = models.CharField(max_length=300, blank=True, db_default="")
    before = models.JSONField(null=True)

    class Meta:
        ordering = ["item"]
        constraints = [models.UniqueConstraint(fields=["change", "item"], name="changed_item_once_per_change")]
        indexes = [models.Index(fields=["change", "outcome", "item"], name="changed_item_by_outcome")]
