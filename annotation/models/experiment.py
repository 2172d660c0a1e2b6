"""An experiment on a project's data: what was asked, how far it is, and what it came to."""

from __future__ import annotations

from django.db import models

from .job import LeasedJob
from .project import Project


class Experiment(LeasedJob):
    """Its steps are kept as they are done, so that a worker that was killed costs no more than the one it was at."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="experiments")
    name = models.CharField(max_length=30, help_text="An experiment in experiments/registry.py.")
    version = models.PositiveSmallIntegerField(help_text="The experiment's, when it was asked for.")
    setting = models.CharField(max_length=20)
    parameters = models.JSONField(default=dict, help_text="What the setting came to.")
    seeds = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=63, blank=True, help_text="Whose answers are the labels.")
    config = models.JSONField(default=dict, help_text="Which language model writes, where one does.")
    total = models.PositiveIntegerField(default=0, help_text="Steps.")
    done = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    budget = models.DecimalField(max_digits=12, decimal_places=6, null=True, help_text="It stops before costing more.")
    data = models.JSONField(null=True, help_text="Which texts it was made on, as the report tells it.")
    made_with = models.JSONField(null=True, help_text="The model, the machine and the libraries.")
    value = models.JSONField(null=True, help_text="What it came to; the experiment's `present` makes a report of it.")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"


class ExperimentStep(models.Model):
    """What one step of an experiment came to; gone when the experiment is done."""

    experiment = models.ForeignKey(Experiment, models.CASCADE, related_name="steps")
    key = models.CharField(max_length=200)
    value = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "key"], name="experiment_step_once")]
