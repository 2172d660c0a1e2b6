"""The item list at a million items: walks by id without a stage, and the dates and sources that few items have."""

from __future__ import annotations

import django.db.models.deletion
from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("annotation", "0014_schema_changes")]

    operations = [
        migrations.AddIndex("item", models.Index(fields=["project", "id"], name="item_by_id")),
        migrations.AlterField(
            "item",
            "project",
            models.ForeignKey(
                "annotation.Project", django.db.models.deletion.CASCADE, related_name="items", db_index=False
            ),
        ),
        migrations.AddIndex(
            "item",
            models.Index(
                fields=["project", "settled_at"], condition=Q(settled_at__isnull=False), name="item_by_settled_at"
            ),
        ),
        migrations.AddIndex(
            "item", models.Index(fields=["project", "id"], condition=Q(source="recipe"), name="item_generated")
        ),
        migrations.AddIndex(
            "item", models.Index(fields=["project", "split", "id"], condition=~Q(split=""), name="item_by_split")
        ),
        migrations.AddIndex("item", BrinIndex(fields=["created_at"], autosummarize=True, name="item_by_created_at")),
    ]
