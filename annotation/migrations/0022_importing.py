"""Imports with votes and losses, files whose project is still designed, and words that are indexed behind an import."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
# Words cost more than all else that is written for an item. Whoever stands in for the trigger says so, and leaves an
# `Unindexed` behind in the same transaction.
FOUND = """
CREATE OR REPLACE FUNCTION annotation_item_found() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('synthweb.bulk', true) = 'on' THEN
        RETURN NULL;
    END IF;
    INSERT INTO annotation_itemsearch (item_id, project_id, words, facts)
    SELECT id, project_id, annotation_item_words(fields, external_id), annotation_item_facts(metadata) FROM added
    ON CONFLICT (item_id) DO NOTHING;
    RETURN NULL;
END
$$;
"""
FOUND_AT_ONCE = """
CREATE OR REPLACE FUNCTION annotation_item_found() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO annotation_itemsearch (item_id, project_id, words, facts)
    SELECT id, project_id, annotation_item_words(fields, external_id), annotation_item_facts(metadata) FROM added;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0021_judge_looked_at")]

    operations = [
        migrations.CreateModel(
            "Upload",
            [
                ("id", KEY),
                ("file", models.CharField(help_text="Path below the site's file folder; chosen by us.", max_length=300)),
                ("filename", models.CharField(help_text="The name that the uploader gave.", max_length=255)),
                ("size", models.PositiveBigIntegerField()),
                ("format", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            {"ordering": ["-id"]},
        ),
        migrations.CreateModel(
            "ImportLoss",
            [
                ("id", KEY),
                ("sentence", models.CharField(max_length=500)),
                (
                    "count",
                    models.PositiveIntegerField(
                        help_text="Rows it happened in; 0 where it is said of the file as a whole."
                    ),
                ),
                (
                    "examples",
                    models.JSONField(
                        default=list, help_text="[[line, what it was], …]: the first EXAMPLES of them."
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="losses", to="annotation.importjob"
                    ),
                ),
            ],
            {"ordering": ["-count", "sentence"]},
        ),
        migrations.AddConstraint(
            "importloss",
            models.UniqueConstraint(fields=("job", "sentence"), name="import_loss_once_per_sentence"),
        ),
        migrations.CreateModel(
            "Unindexed",
            [
                ("id", KEY),
                ("first", models.BigIntegerField()),
                ("last", models.BigIntegerField()),
                ("count", models.PositiveIntegerField()),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="unindexed", to="annotation.project"
                    ),
                ),
            ],
            {"ordering": ["id"]},
        ),
        migrations.AlterField("importjob", "format", models.CharField(max_length=40)),
        migrations.AddField(
            "importjob",
            "answers",
            models.PositiveIntegerField(db_default=0, default=0, help_text="Annotations that came with the items."),
        ),
        migrations.AddField(
            "importjob",
            "lost",
            models.PositiveIntegerField(db_default=0, default=0, help_text="What came in without something it had."),
        ),
        migrations.AddField(
            "resolution",
            "reviewer_name",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of a decision that came with its item.",
                max_length=200,
            ),
        ),
        migrations.RunSQL(FOUND, FOUND_AT_ONCE),
    ]
