"""A newcomer's first round: items whose answers are known, before any that counts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .annotator import Annotator


class QualificationState(models.TextChoices):
    RUNNING = "running", _("Answering")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Not passed")
    WAIVED = "waived", _("Waived")

    @property
    def admits(self) -> bool:
        return self in (QualificationState.PASSED, QualificationState.WAIVED)


class Qualification(models.Model):
    """One attempt. The newest of an annotator counts; `items` and `mark` are the project's when it began."""

    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="qualifications")
    state = models.CharField(max_length=10, choices=QualificationState, default=QualificationState.RUNNING)
    items = models.PositiveSmallIntegerField(help_text="How many are asked.")
    mark = models.FloatField(help_text="The share that has to be right.")
    answered = models.PositiveSmallIntegerField(default=0)
    right = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", help_text="Who waived it."
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["annotator"], condition=Q(state="running"), name="qualification_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(right__lte=F("answered"), answered__lte=F("items")), name="qualification_counts_add_up"
            ),
        ]
        indexes = [models.Index(fields=["annotator", "-id"], name="qualification_newest")]
