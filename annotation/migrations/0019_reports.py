from __future__ import annotations

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0018_reviewing")]

    operations = [
        migrations.CreateModel(
            name="Measurement",
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
                ("name", models.CharField(help_text="A figure in reports/figures/registry.py.", max_length=60)),
                ("filters", models.JSONField(default=dict, help_text="As an address says them.")),
                (
                    "key",
                    models.CharField(blank=True, help_text="A hash of the filters; empty without one.", max_length=64),
                ),
                ("edition", models.PositiveIntegerField(default=0, help_text="The figure's, when it was counted.")),
                ("schema_version", models.PositiveIntegerField(default=0, help_text="Whose questions it is about.")),
                ("value", models.JSONField(null=True)),
                (
                    "stamp",
                    models.CharField(blank=True, help_text="How far the project's rows were then.", max_length=200),
                ),
                ("computed_at", models.DateTimeField(null=True)),
                ("took", models.FloatField(default=0, help_text="Seconds.")),
                (
                    "looked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When somebody last looked at it, by the minute.",
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
                        related_name="measurements",
                        to="annotation.project",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "indexes": [models.Index(fields=["looked_at"], name="measurement_looked_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "name", "key"), name="measurement_once_per_filters")
                ],
            },
        ),
    ]
