"""A recipe at work: what it was asked for, what it began with, and how far it has come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _

from .job import LeasedJob
from .project import Project


class SynthesisRun(LeasedJob):
    """Whoever takes a run up plays its recipe from the beginning, and asks no model twice: `drawn` is what it began
    with, and its calls are kept (`ModelCall`). `outcomes` is how many of its outcomes are recorded.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="synthesis_runs")
    recipe = models.CharField(max_length=50, help_text="A name in synthesis/registry.py.")
    recipe_version = models.PositiveIntegerField()
    parameters = models.JSONField(default=dict)
    filters = models.JSONField(
        default=dict, help_text="Which items were to be seeds, as the item list's address says it."
    )
    seed_limit = models.PositiveIntegerField(default=0, help_text="Most seed items.")
    balance = models.CharField(
        max_length=63, blank=True, help_text="The question whose answers have equally many seeds."
    )
    roles = models.JSONField(default=dict, help_text="{role: {llm, script?}}, as labelers are configured.")
    seed = models.BigIntegerField(default=0, help_text="Whatever is drawn, is drawn by it.")
    amount = models.PositiveIntegerField(null=True, help_text="It stops once so many items were made.")
    licence = models.CharField(max_length=100, blank=True, help_text="Under which the items may be used.")
    drawn = models.JSONField(default=dict, help_text="Seeds, guidelines, documents: what it began with.")
    schema_version = models.PositiveIntegerField(help_text="Whose questions its answers are for.")
    last_item = models.BigIntegerField(default=0, help_text="The newest item when it began: its pool ends there.")

    expected = models.PositiveIntegerField(default=0, help_text="About how many requests it will make.")
    requested = models.PositiveIntegerField(default=0, help_text="Requests so far, those from the cache included.")
    cached = models.PositiveIntegerField(default=0, help_text="Requests that were answered before, and cost nothing.")
    failed = models.PositiveIntegerField(default=0, help_text="Requests without a reply.")
    outcomes = models.PositiveIntegerField(default=0)
    unparsed = models.PositiveIntegerField(default=0)
    filtered = models.JSONField(default=dict, help_text="{filter: how many candidates it left out}, in their order.")
    duplicates = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0, help_text="Candidates that became items.")
    tokens_in = models.PositiveBigIntegerField(default=0)
    tokens_out = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    budget = models.DecimalField(max_digits=12, decimal_places=6, null=True, help_text="It stops before costing more.")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "-id"], name="synthesis_run_newest")]

    def __str__(self) -> str:
        return _("Run %(pk)s of %(recipe)s") % {"pk": self.pk, "recipe": self.recipe}
