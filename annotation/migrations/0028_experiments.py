from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0027_gates")]

    operations = [
        migrations.CreateModel(
            name="Experiment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("name", models.CharField(help_text="An experiment in experiments/registry.py.", max_length=30)),
                (
                    "version",
                    models.PositiveSmallIntegerField(help_text="The experiment's, when it was asked for."),
                ),
                ("setting", models.CharField(max_length=20)),
                ("parameters", models.JSONField(default=dict, help_text="What the setting came to.")),
                ("seeds", models.PositiveSmallIntegerField()),
                (
                    "question",
                    models.CharField(blank=True, help_text="Whose answers are the labels.", max_length=63),
                ),
                (
                    "config",
                    models.JSONField(default=dict, help_text="Which language model writes, where one does."),
                ),
                ("total", models.PositiveIntegerField(default=0, help_text="Steps.")),
                ("done", models.PositiveIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=6, default=0, max_digits=12)),
                (
                    "budget",
                    models.DecimalField(
                        decimal_places=6, help_text="It stops before costing more.", max_digits=12, null=True
                    ),
                ),
                (
                    "data",
                    models.JSONField(help_text="Which texts it was made on, as the report tells it.", null=True),
                ),
                (
                    "made_with",
                    models.JSONField(help_text="The model, the machine and the libraries.", null=True),
                ),
                (
                    "value",
                    models.JSONField(
                        help_text="What it came to; the experiment's `present` makes a report of it.", null=True
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="experiments",
                        to="annotation.project",
                    ),
                ),
            ],
            options={"ordering": ["-id"]},
        ),
        migrations.CreateModel(
            name="ExperimentStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("value", models.JSONField()),
                (
                    "experiment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="annotation.experiment",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="experimentstep",
            constraint=models.UniqueConstraint(fields=("experiment", "key"), name="experiment_step_once"),
        ),
    ]
