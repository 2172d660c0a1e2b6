"""What a judge proved against people: the alternative-annotator test on items that it answered without the votes."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .labeler import Labeler
from .project import Project


class JudgeTrial(models.Model):
    """One look; the newest one holds. ω, ρ and `passed` are null where the test cannot be made; `reason` says why."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="judge_trials")
    labeler = models.ForeignKey(Labeler, models.CASCADE, related_name="trials")
    omega = models.FloatField(null=True, help_text="ω: the share of people whom the judge beats.")
    rho = models.FloatField(null=True, help_text="ρ: how often it is at least as near to the others as a person is.")
    passed = models.BooleanField(null=True)
    epsilon = models.FloatField(help_text="ε: how much worse than a person it may be.")
    items = models.PositiveIntegerField(help_text="Answered by the judge and by at least three people.")
    answers = models.PositiveIntegerField(help_text="Of people to those items; more of them mean a new look.")
    contests = models.JSONField(default=list, help_text="[{annotator, items, model_share, person_share, p_value, won}]")
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    looked_at = models.DateTimeField(db_default=Now(), help_text="When the answers last came to the same.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["labeler", "-id"], name="judge_trial_newest")]

    def __str__(self) -> str:
        return f"Trial of {self.labeler}"
