"""One decision about many items at once, and what each of them was before."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from annotation.questions.speech import number

from .job import LeasedJob
from .project import Project


class BulkAction(models.TextChoices):
    LABEL = "label", pgettext_lazy("to do", "Label")
    REQUEUE = "requeue", _("Ask people again")
    ASSIGN = "assign", _("Assign")
    DELETE = "delete", pgettext_lazy("to do", "Delete")
    ACCEPT = "accept", _("Accept as intended")

    @property
    def needs_manager(self) -> bool:
        return self in (BulkAction.ASSIGN, BulkAction.DELETE, BulkAction.ACCEPT)

    @property
    def takes_any(self) -> bool:
        """Whether it can be done to whatever items somebody chooses."""
        return self != BulkAction.ACCEPT


class BulkChange(LeasedJob):
    """A job over the items that were chosen when it was asked for; `undoing` says which way it goes."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="bulk_changes")
    action = models.CharField(max_length=10, choices=BulkAction)
    details = models.JSONField(
        default=dict,
        help_text="label: {answers, comment}; assign: {people, days, each}; accept: {run, operation, label}.",
    )
    filters = models.JSONField(default=dict, help_text="What chose the items, as it was asked for.")
    undoing = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    undone = models.PositiveIntegerField(default=0)
    erased_at = models.DateTimeField(null=True, help_text="When what it deleted was erased for good.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["project", "-id"], name="bulk_change_by_project"),
            models.Index(fields=["id"], condition=Q(state__in=("pending", "running")), name="bulk_change_active"),
        ]

    @property
    def is_erased(self) -> bool:
        """Whether what it deleted is gone from everywhere; until then its details count {snapshots, snapshots_left}."""
        return self.erased_at is not None and not self.details.get("snapshots_left")

    def __str__(self) -> str:
        words = ngettext("%(action)s %(shown)s item", "%(action)s %(shown)s items", self.total)
        return words % {"action": self.get_action_display(), "shown": number(self.total)}


class Outcome(models.TextChoices):
    PENDING = "pending", _("To do")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Left alone")
    UNDONE = "undone", _("Undone")
    KEPT = "kept", _("Could not be undone")


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
