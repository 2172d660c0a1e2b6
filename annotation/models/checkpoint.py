"""What a labeler has learned from people so far: one row per training."""

from __future__ import annotations

from django.db import models

from .labeler import Labeler


class Checkpoint(models.Model):
    labeler = models.ForeignKey(Labeler, models.CASCADE, related_name="checkpoints")
    number = models.PositiveIntegerField(help_text="1 is the cold start, before any answer.")
    weights = models.BinaryField(help_text="As labelers/trained.py writes them.")
    answers = models.PositiveIntegerField(default=0, help_text="Human answers it was trained on.")
    digest = models.CharField(max_length=16)
    metrics = models.JSONField(default=dict, help_text="{question: {accuracy, answers}} on audits held back from it.")
    seconds = models.FloatField(default=0)
    schema_version = models.PositiveIntegerField(default=1, help_text="Whose options its weights are about.")
    seen = models.BigIntegerField(default=0, help_text="The newest annotation it considered.")
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, help_text="When its votes and priorities took effect.")

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["labeler", "number"], name="checkpoint_once_per_number")]

    def __str__(self) -> str:
        return f"{self.labeler}.{self.number}"
