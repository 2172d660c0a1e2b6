from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0015_explorer_indexes")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="accept_by_class",
            field=models.BooleanField(default=False, verbose_name="a licence of its own for each answer"),
        ),
        migrations.AddField(
            model_name="project",
            name="fusion",
            field=models.CharField(
                choices=[
                    ("auto", "Automatically"),
                    ("majority", "Majority"),
                    ("wawa", "Majority, weighted by agreement"),
                    ("dawid_skene", "Dawid–Skene"),
                    ("anchored", "Dawid–Skene, anchored on known answers"),
                    ("ebcc", "EBCC: annotators that err together"),
                    ("mace", "MACE: annotators that guess"),
                    ("trust_one", "Trust one annotator"),
                ],
                default="auto",
                max_length=20,
                verbose_name="how votes are fused",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="licence_standing",
            field=models.JSONField(default=list, help_text="What the audits prove so far, as leads are shown it."),
        ),
        migrations.AddField(
            model_name="project",
            name="licence_thresholds",
            field=models.JSONField(
                default=dict, help_text="{answer, or “” for all: the posterior from which on models settle alone}"
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="trusted",
            field=models.CharField(
                blank=True,
                default="",
                help_text="An annotator's name; empty: by known answers.",
                max_length=200,
                verbose_name="who is trusted",
            ),
        ),
        migrations.CreateModel(
            name="Fitting",
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
                ("fusion", models.CharField(help_text="The policy that it was asked for under.", max_length=20)),
                ("schema_version", models.PositiveIntegerField(help_text="Whose questions it fits.")),
                (
                    "through",
                    models.BigIntegerField(default=0, help_text="The newest annotation when the votes were read."),
                ),
                (
                    "decisions_through",
                    models.BigIntegerField(default=0, help_text="The newest decision of a reviewer then."),
                ),
                ("votes", models.PositiveIntegerField(default=0)),
                (
                    "fitted_at",
                    models.DateTimeField(help_text="When its fits were stored; items follow from then on.", null=True),
                ),
                ("checkpoint", models.BigIntegerField(default=0, help_text="The last item that has followed.")),
                (
                    "last_item",
                    models.BigIntegerField(
                        default=0, help_text="Items that came later were fused with it from the start."
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0, help_text="Items to look at.")),
                ("done", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0, help_text="Items whose outcome it changed.")),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="fittings", to="annotation.project"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Fit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("question", models.CharField(max_length=63)),
                (
                    "method",
                    models.CharField(
                        help_text="What votes are fused by; majority where there is too little.", max_length=30
                    ),
                ),
                ("reason", models.CharField(blank=True, help_text="Why this method, in a sentence.", max_length=300)),
                ("parameters", models.JSONField(default=dict)),
                (
                    "matrices",
                    models.BinaryField(default=b"", help_text="What each annotator says of each class, compressed."),
                ),
                (
                    "accuracies",
                    models.JSONField(default=dict, help_text="{annotator id: estimated share of right answers}"),
                ),
                ("diagnostics", models.JSONField(default=list, help_text="What a lead should know, in sentences.")),
                ("votes", models.PositiveIntegerField(default=0)),
                ("items", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0, help_text="Items among them whose answer was known.")),
                (
                    "fitting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fits", to="annotation.fitting"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="project",
            name="fitting",
            field=models.ForeignKey(
                help_text="Whose fits apply; null where none does.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="annotation.fitting",
            ),
        ),
        migrations.CreateModel(
            name="Licence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(blank=True, max_length=200)),
                ("threshold", models.FloatField(help_text="The posterior from which on models settle alone.")),
                ("right", models.PositiveIntegerField(help_text="Audits as sure as that which the models had right.")),
                ("accepted", models.PositiveIntegerField(help_text="Audits as sure as that.")),
                ("bound", models.FloatField(help_text="Their accuracy is at least this, as sure as the guarantee is.")),
                ("target", models.FloatField(help_text="The accuracy that was asked for.")),
                ("granted_at", models.DateTimeField(auto_now_add=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, help_text="Why it was revoked.", max_length=300)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="licences", to="annotation.project"
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddIndex(
            model_name="fitting",
            index=models.Index(fields=["project", "-id"], name="fitting_newest"),
        ),
        migrations.AddConstraint(
            model_name="fitting",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("pending", "running"))),
                fields=("project",),
                name="fitting_one_active_per_project",
            ),
        ),
        migrations.AddConstraint(
            model_name="fit",
            constraint=models.UniqueConstraint(fields=("fitting", "question"), name="fit_once_per_question"),
        ),
        migrations.AddIndex(
            model_name="licence",
            index=models.Index(fields=["project", "-id"], name="licence_newest"),
        ),
        migrations.AddConstraint(
            model_name="licence",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at__isnull", True)),
                fields=("project", "label"),
                name="licence_one_in_force",
            ),
        ),
    ]
