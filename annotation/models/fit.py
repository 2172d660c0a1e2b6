"""What a project's votes say about its annotators, fitted from time to time, and the job that lets items feel it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .job import JobState, LeasedJob
from .project import Project


class Fitting(LeasedJob):
    """A job: all questions are fitted at once; then the items follow in batches, in the order of their ids.

    The newest one whose fits are stored applies (`Project.fitting`), also while items still follow.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="fittings")
    fusion = models.CharField(max_length=20, help_text="The policy that it was asked for under.")
    schema_version = models.PositiveIntegerField(help_text="Whose questions it fits.")
    through = models.BigIntegerField(default=0, help_text="The newest annotation when the votes were read.")
    decisions_through = models.BigIntegerField(default=0, help_text="The newest decision of a reviewer then.")
    votes = models.PositiveIntegerField(default=0)
    fitted_at = models.DateTimeField(null=True, help_text="When its fits were stored; items follow from then on.")
    checkpoint = models.BigIntegerField(default=0, help_text="The last item that has followed.")
    last_item = models.BigIntegerField(default=0, help_text="Items that came later were fused with it from the start.")
    total = models.PositiveIntegerField(default=0, help_text="Items to look at.")
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0, help_text="Items whose outcome it changed.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            # Two sweeps at once, or a sweep and a lead's button, start one.
            models.UniqueConstraint(
                fields=["project"], condition=Q(state__in=JobState.active()), name="fitting_one_active_per_project"
            )
        ]
        indexes = [models.Index(fields=["project", "-id"], name="fitting_newest")]

    def __str__(self) -> str:
        return f"Fit {self.pk}"


class Fit(models.Model):
    """One question's part of a fitting. `parameters` is read by `aggregation/keeping` alone."""

    fitting = models.ForeignKey(Fitting, models.CASCADE, related_name="fits")
    question = models.CharField(max_length=63)
    method = models.CharField(max_length=30, help_text="What votes are fused by; majority where there is too little.")
    reason = models.CharField(max_length=300, blank=True, help_text="Why this method, in a sentence.")
    parameters = models.JSONField(default=dict)
    matrices = models.BinaryField(default=b"", help_text="What each annotator says of each class, compressed.")
    accuracies = models.JSONField(default=dict, help_text="{annotator id: estimated share of right answers}")
    diagnostics = models.JSONField(default=list, help_text="What a lead should know, in sentences.")
    votes = models.PositiveIntegerField(default=0)
    items = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="Items among them whose answer was known.")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["fitting", "question"], name="fit_once_per_question")]

    def __str__(self) -> str:
        return f"{self.method} of {self.question}"
