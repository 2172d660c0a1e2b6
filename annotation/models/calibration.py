"""How one labeler's stated probabilities map to observed ones, fitted on people's blind answers."""

from __future__ import annotations

from django.db import models

from .labeler import Labeler

# With fewer blind answers there is nothing to fit; a row of this method then only says how far they were counted.
LEAST_ANSWERS = 20
UNFITTED = "none"


class CalibrationQuerySet(models.QuerySet["Calibration"]):
    def in_force(self) -> CalibrationQuerySet:
        """The newest fit of each labeler and question."""
        fitted = self.exclude(method=UNFITTED)
        return fitted.order_by("labeler_id", "question", "-pk").distinct("labeler_id", "question")


class Calibration(models.Model):
    """The newest row of a labeler and question applies; earlier ones are kept to see how it moved."""

    labeler = models.ForeignKey(Labeler, models.CASCADE, related_name="calibrations")
    question = models.CharField(max_length=63)
    method = models.CharField(max_length=20, help_text="platt or isotonic")
    parameters = models.JSONField()
    answers = models.PositiveIntegerField(help_text="Blind human answers it was fitted on.")
    metrics = models.JSONField(default=dict, help_text="{before, after}: {ece, brier, auroc, aurc}, cross-validated.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CalibrationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["labeler", "question", "-id"], name="calibration_newest")]

    def __str__(self) -> str:
        return f"{self.method} calibration of {self.labeler}"
