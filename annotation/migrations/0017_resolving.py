"""Disputes: who looks at them, the turns of a debate, and what judges proved against people."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0016_fitting")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="debate_rounds",
            field=models.PositiveSmallIntegerField(
                db_default=3,
                default=3,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)],
                verbose_name="rounds of a debate at most",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="dispute_budget",
            field=models.FloatField(
                db_default=0,
                default=0,
                validators=[
                    django.core.validators.MinValueValidator(0),
                    django.core.validators.MaxValueValidator(1000),
                ],
                verbose_name="what models may cost per disputed item",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="judge_settles",
            field=models.CharField(
                choices=[
                    ("advise", "It is advice to the reviewer"),
                    ("settle", "It settles the item, once tests against people allow that"),
                ],
                db_default="advise",
                default="advise",
                max_length=10,
                verbose_name="what a verdict is worth",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="resolution",
            field=models.CharField(
                choices=[
                    ("none", "Nobody; reviewers decide"),
                    ("judge", "One judge"),
                    ("panel", "A panel: all judges vote, each by itself"),
                    ("debate", "A debate: all judges argue, nameless, until they agree"),
                ],
                db_default="judge",
                default="judge",
                max_length=10,
                verbose_name="who looks at disputes first",
            ),
        ),
        migrations.AlterField(
            model_name="run",
            name="purpose",
            field=models.CharField(
                choices=[("label", "Label"), ("judge", "Judge disputes"), ("try", "Try"), ("trial", "Test of a judge")],
                default="label",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="JudgeTrial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("omega", models.FloatField(help_text="ω: the share of people whom the judge beats.", null=True)),
                (
                    "rho",
                    models.FloatField(
                        help_text="ρ: how often it is at least as near to the others as a person is.", null=True
                    ),
                ),
                ("passed", models.BooleanField(null=True)),
                ("epsilon", models.FloatField(help_text="ε: how much worse than a person it may be.")),
                ("items", models.PositiveIntegerField(help_text="Answered by the judge and by at least three people.")),
                (
                    "answers",
                    models.PositiveIntegerField(
                        help_text="Of people to those items; more of them mean a new look."
                    ),
                ),
                (
                    "contests",
                    models.JSONField(
                        default=list, help_text="[{annotator, items, model_share, person_share, p_value, won}]"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "labeler",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="trials", to="annotation.labeler"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judge_trials",
                        to="annotation.project",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["labeler", "-id"], name="judge_trial_newest")],
            },
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "place",
                    models.PositiveSmallIntegerField(help_text="The speaker's place at the table, from 0: the letter."),
                ),
                ("round", models.PositiveSmallIntegerField(help_text="From 1.")),
                ("question", models.CharField(max_length=63)),
                (
                    "order",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "As usual"),
                            ("forward", "In the project’s order"),
                            ("reversed", "The other way round"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("seed", models.BigIntegerField(help_text="Of the order in which votes and statements were shown.")),
                ("answer", models.JSONField(help_text="Null where there is none; `failure` says why.", null=True)),
                ("distribution", models.JSONField(default=dict)),
                ("confidence", models.FloatField(default=0)),
                ("rationale", models.TextField(blank=True)),
                ("raw_reply", models.TextField(blank=True)),
                ("failure", models.TextField(blank=True)),
                ("tokens", models.PositiveIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=6, default=0, max_digits=12)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="turns", to="annotation.item"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="turns", to="annotation.run"
                    ),
                ),
                (
                    "speaker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="turns",
                        to="annotation.labeler",
                    ),
                ),
            ],
            options={
                "ordering": ["round", "place", "id"],
                "indexes": [models.Index(fields=["item", "run"], name="turn_by_item")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("run", "item", "round", "place", "question", "order"), name="turn_once_per_call"
                    )
                ],
            },
        ),
    ]
