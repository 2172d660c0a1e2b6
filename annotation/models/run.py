"""A batch of model work, and the row per item that says what is still pending."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from .checkpoint import Checkpoint
from .item import Item
from .job import Job, JobState
from .labeler import Labeler
from .project import Project


class RunPurpose(models.TextChoices):
    LABEL = "label", pgettext_lazy("to do", "Label")
    JUDGE = "judge", gettext_lazy("Judge disputes")
    TRY = "try", pgettext_lazy("to do", "Try")
    TRIAL = "trial", gettext_lazy("Test of a judge")


class Run(Job):
    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    labeler = models.ForeignKey(Labeler, models.CASCADE, related_name="runs")
    purpose = models.CharField(max_length=10, choices=RunPurpose, default=RunPurpose.LABEL)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    budget = models.DecimalField(max_digits=12, decimal_places=6, null=True, help_text="It stops before costing more.")
    brief = models.JSONField(default=dict, help_text="What it drew when it began, so that every chunk asks alike.")
    checkpoint = models.ForeignKey(Checkpoint, models.SET_NULL, null=True, related_name="runs")
    touched_at = models.DateTimeField(db_default=Now(), help_text="When a worker last took or stored a chunk.")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            # Disputes join the judge's run in progress, so two of them cannot ask the same judge side by side.
            models.UniqueConstraint(
                fields=["labeler"], condition=Q(state__in=JobState.active()), name="run_one_active_per_labeler"
            )
        ]

    def __str__(self) -> str:
        return _("%(purpose)s with %(labeler)s") % {
            "purpose": self.get_purpose_display(),
            "labeler": self.labeler,
        }


class Piece(models.TextChoices):
    PENDING = "pending", gettext_lazy("Pending")
    DONE = "done", gettext_lazy("Done")
    FAILED = "failed", gettext_lazy("Failed")


class RunItem(models.Model):
    """One item's place in a run: the truth about what is pending. A message is only a wake-up."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="pieces")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=Piece, default=Piece.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    raw_reply = models.TextField(blank=True)
    prediction = models.JSONField(null=True, help_text="What a try answered; no vote, so it counts nowhere.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="run_item_once")]
        indexes = [models.Index(fields=["run", "id"], condition=Q(state="pending"), name="run_item_pending")]
