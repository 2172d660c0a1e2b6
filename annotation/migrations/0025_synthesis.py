from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0024_api")]

    operations = [
        migrations.AddField(
            "item",
            "family",
            models.BigIntegerField(
                help_text="The imported item that a generated one comes from in the end; null for its own family.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="verb",
            field=models.CharField(
                choices=[
                    ("project_created", "created the project"),
                    ("project_changed", "changed the project"),
                    ("member_added", "added a member"),
                    ("member_removed", "removed a member"),
                    ("member_changed", "changed a member"),
                    ("invited", "made an invitation"),
                    ("uninvited", "revoked an invitation"),
                    ("joined", "joined by invitation"),
                    ("qualified", "finished a qualification"),
                    ("schema_changed", "changed the questions"),
                    ("schema_followed", "brought the answers along"),
                    ("import_started", "started an import"),
                    ("import_finished", "finished an import"),
                    ("labeler_added", "added a model annotator"),
                    ("labeler_retired", "retired a model annotator"),
                    ("labeler_activated", "put a model annotator back to work"),
                    ("trained", "learned from answers"),
                    ("calibrated", "was calibrated"),
                    ("fitted", "fitted the annotators"),
                    ("licensed", "let models settle items alone"),
                    ("licence_revoked", "took the models’ licence back"),
                    ("run_started", "started a run"),
                    ("run_finished", "finished a run"),
                    ("synthesis_started", "started a recipe"),
                    ("synthesis_finished", "finished a recipe"),
                    ("document_added", "uploaded a document"),
                    ("document_removed", "removed a document"),
                    ("answered", "answered"),
                    ("skipped", "skipped"),
                    ("reopened", "took up again what they had skipped"),
                    ("withdrawn", "took an answer back"),
                    ("flagged", "flagged"),
                    ("unflagged", "cleared a flag"),
                    ("judged", "advised"),
                    ("resolved", "decided"),
                    ("unresolved", "took a decision back"),
                    ("returned", "returned an answer"),
                    ("bulk_started", "started a change of many items"),
                    ("bulk_finished", "finished a change of many items"),
                    ("bulk_undone", "took a change of many items back"),
                    ("requeued", "asked people again"),
                    ("assigned", "was given to somebody"),
                    ("deleted", "deleted"),
                    ("restored", "brought back"),
                    ("item_corrected", "corrected what is written beside an item"),
                    ("erased", "erased deleted items for good"),
                    ("moved", "moved"),
                    ("snapshot_requested", "asked for a snapshot"),
                    ("snapshot_finished", "finished a snapshot"),
                    ("snapshot_deleted", "deleted a snapshot"),
                    ("snapshots_kept", "said how long files of snapshots are kept"),
                ],
                max_length=30,
            ),
        ),
        migrations.CreateModel(
            name="SynthesisRun",
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
                ("recipe", models.CharField(help_text="A name in synthesis/registry.py.", max_length=50)),
                ("recipe_version", models.PositiveIntegerField()),
                ("parameters", models.JSONField(default=dict)),
                (
                    "filters",
                    models.JSONField(
                        default=dict, help_text="Which items were to be seeds, as the item list's address says it."
                    ),
                ),
                ("seed_limit", models.PositiveIntegerField(default=0, help_text="Most seed items.")),
                (
                    "balance",
                    models.CharField(
                        blank=True, help_text="The question whose answers have equally many seeds.", max_length=63
                    ),
                ),
                (
                    "roles",
                    models.JSONField(default=dict, help_text="{role: {llm, script?}}, as labelers are configured."),
                ),
                ("seed", models.BigIntegerField(default=0, help_text="Whatever is drawn, is drawn by it.")),
                ("amount", models.PositiveIntegerField(help_text="It stops once so many items were made.", null=True)),
                (
                    "licence",
                    models.CharField(blank=True, help_text="Under which the items may be used.", max_length=100),
                ),
                (
                    "drawn",
                    models.JSONField(default=dict, help_text="Seeds, guidelines, documents: what it began with."),
                ),
                ("schema_version", models.PositiveIntegerField(help_text="Whose questions its answers are for.")),
                (
                    "last_item",
                    models.BigIntegerField(default=0, help_text="The newest item when it began: its pool ends there."),
                ),
                ("expected", models.PositiveIntegerField(default=0, help_text="About how many requests it will make.")),
                (
                    "requested",
                    models.PositiveIntegerField(default=0, help_text="Requests so far, those from the cache included."),
                ),
                (
                    "cached",
                    models.PositiveIntegerField(
                        default=0, help_text="Requests that were answered before, and cost nothing."
                    ),
                ),
                ("failed", models.PositiveIntegerField(default=0, help_text="Requests without a reply.")),
                ("outcomes", models.PositiveIntegerField(default=0)),
                ("unparsed", models.PositiveIntegerField(default=0)),
                (
                    "filtered",
                    models.JSONField(
                        default=dict, help_text="{filter: how many candidates it left out}, in their order."
                    ),
                ),
                ("duplicates", models.PositiveIntegerField(default=0)),
                ("kept", models.PositiveIntegerField(default=0, help_text="Candidates that became items.")),
                ("tokens_in", models.PositiveBigIntegerField(default=0)),
                ("tokens_out", models.PositiveBigIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=6, default=0, max_digits=12)),
                (
                    "budget",
                    models.DecimalField(
                        decimal_places=6, help_text="It stops before costing more.", max_digits=12, null=True
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
                        related_name="synthesis_runs",
                        to="annotation.project",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ModelCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.BinaryField(max_length=32)),
                ("llm", models.CharField(help_text="What the model is called here.", max_length=200)),
                ("digest", models.CharField(help_text="The model's own fingerprint.", max_length=64)),
                ("prompt", models.JSONField(help_text="{instructions, text, cue, lead}")),
                ("sampling", models.JSONField(help_text="{temperature, max_tokens, index, seed, schema}")),
                ("reply", models.TextField()),
                ("confidence", models.FloatField(null=True)),
                ("shares", models.JSONField(null=True)),
                ("tokens_in", models.PositiveIntegerField(default=0)),
                ("tokens_out", models.PositiveIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=6, default=0, max_digits=12)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotation.project"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        help_text="The run that paid for it.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="annotation.synthesisrun",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("kept", "Became items"),
                            ("filtered", "Filtered out"),
                            ("duplicate", "Duplicates"),
                            ("unparsed", "Not understood"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True, help_text="Why it is no item.")),
                ("dropped_by", models.CharField(blank=True, help_text="The filter that left it out.", max_length=50)),
                ("operation", models.CharField(blank=True, max_length=100)),
                ("fields", models.JSONField(null=True)),
                (
                    "answers",
                    models.JSONField(
                        default=dict, help_text="What it was made to be. A secret from whoever answers or reviews it."
                    ),
                ),
                ("metadata", models.JSONField(default=dict)),
                ("rationale", models.TextField(blank=True)),
                (
                    "hinted",
                    models.BooleanField(default=False, help_text="The rationale's writer had been told the answer."),
                ),
                (
                    "parents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="Ids of its seeds, in their order.",
                        size=None,
                    ),
                ),
                (
                    "family",
                    models.BigIntegerField(help_text="The imported item that it comes from in the end.", null=True),
                ),
                (
                    "requests",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.IntegerField(),
                        default=list,
                        help_text="Places of the requests it is made of.",
                        size=None,
                    ),
                ),
                (
                    "verdicts",
                    models.JSONField(
                        default=list, help_text="[{filter, passed, value, reason}], in the order of asking."
                    ),
                ),
                ("raw", models.TextField(blank=True, help_text="The reply that was not understood.")),
                ("duplicate_of", models.BigIntegerField(help_text="The item that has the same content.", null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "item",
                    models.OneToOneField(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="candidate",
                        to="annotation.item",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="candidates",
                        to="annotation.synthesisrun",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Asking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("role", models.CharField(max_length=20)),
                ("parents", models.JSONField(default=list, help_text="Ids of the seeds that it is about.")),
                ("cached", models.BooleanField(default=False, help_text="Whether the reply was there already.")),
                ("error", models.TextField(blank=True)),
                (
                    "call",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="askings",
                        to="annotation.modelcall",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="askings",
                        to="annotation.synthesisrun",
                    ),
                ),
            ],
            options={
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("text", models.TextField()),
                ("digest", models.CharField(help_text="SHA-256 of the text.", max_length=64)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="documents", to="annotation.project"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [models.UniqueConstraint(fields=("project", "digest"), name="document_once_per_text")],
            },
        ),
        migrations.AddIndex(
            model_name="synthesisrun",
            index=models.Index(fields=["project", "-id"], name="synthesis_run_newest"),
        ),
        migrations.AddConstraint(
            model_name="modelcall",
            constraint=models.UniqueConstraint(fields=("project", "key"), name="model_call_once_per_request"),
        ),
        migrations.AddIndex(
            model_name="candidate",
            index=models.Index(fields=["run", "fate", "id"], name="candidate_by_fate"),
        ),
        migrations.AddConstraint(
            model_name="candidate",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="candidate_once_per_outcome"),
        ),
        migrations.AddConstraint(
            model_name="asking",
            constraint=models.UniqueConstraint(fields=("run", "place"), name="asking_once_per_place"),
        ),
        migrations.AddConstraint(
            model_name="asking",
            constraint=models.CheckConstraint(
                condition=models.Q(("call__isnull", False), models.Q(("error", ""), _negated=True), _connector="OR"),
                name="asking_answered_or_why_not",
            ),
        ),
    ]
