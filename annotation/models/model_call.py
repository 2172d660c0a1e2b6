"""What models replied to recipes: kept, so that the same request is paid for once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .project import Project
from .synthesis_run import SynthesisRun


class ModelCall(models.Model):
    """One request and its reply. `key` is a fingerprint of all that decides the reply (workflow/requesting)."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    run = models.ForeignKey(SynthesisRun, models.CASCADE, related_name="+", help_text="The run that paid for it.")
    key = models.BinaryField(max_length=32)
    llm = models.CharField(max_length=200, help_text="What the model is called here.")
    digest = models.CharField(max_length=64, help_text="The model's own fingerprint.")
    prompt = models.JSONField(help_text="{instructions, text, cue, lead}")
    sampling = models.JSONField(help_text="{temperature, max_tokens, index, seed, schema}")
    reply = models.TextField()
    confidence = models.FloatField(null=True)
    shares = models.JSONField(null=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # Two workers, or two runs, that ask the same at once keep one reply.
            models.UniqueConstraint(fields=["project", "key"], name="model_call_once_per_request")
        ]

    def __str__(self) -> str:
        return f"{self.llm}: {self.reply[:40]}"


class Asking(models.Model):
    """One request's place in a run, in the order of asking, and the call that answered it, or why there is none."""

    run = models.ForeignKey(SynthesisRun, models.CASCADE, related_name="askings")
    place = models.PositiveIntegerField()
    role = models.CharField(max_length=20)
    parents = models.JSONField(default=list, help_text="Ids of the seeds that it is about.")
    call = models.ForeignKey(ModelCall, models.CASCADE, null=True, related_name="askings")
    cached = models.BooleanField(default=False, help_text="Whether the reply was there already.")
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["run", "place"], name="asking_once_per_place"),
            models.CheckConstraint(condition=Q(call__isnull=False) | ~Q(error=""), name="asking_answered_or_why_not"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.place}"
