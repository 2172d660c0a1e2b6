import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

# What was written before records were frozen: the file stays, and can be had in no other format. The last statement
# lets the tables be altered in the same transaction.
KEEP = """
INSERT INTO annotation_snapshotledger (project_id, last_number)
SELECT project_id, max(number) FROM annotation_snapshot GROUP BY project_id;
INSERT INTO annotation_snapshotfile (
    snapshot_id, format, settings, file, sha256, size, total, rows, losses, summary, software, state, error,
    created_by_id, created_at, started_at, finished_at, attempts
)
SELECT id, format, '{}', file, sha256, size, rows, rows, '{}', '{}', '', state, '',
    created_by_id, created_at, started_at, finished_at, attempts
FROM annotation_snapshot WHERE state = 'done' AND file <> '';
SET CONSTRAINTS ALL IMMEDIATE;
"""
GIVE_BACK = """
UPDATE annotation_snapshot SET file = made.file FROM annotation_snapshotfile made
WHERE made.snapshot_id = annotation_snapshot.id AND made.format = annotation_snapshot.format
    AND made.settings = annotation_snapshot.settings AND made.base_id IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
"""
STATES = [
    ("pending", "Pending"),
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]


class Migration(migrations.Migration):
    dependencies = [("annotation", "0022_importing")]

    operations = [
        migrations.AlterField("snapshot", "format", models.CharField(max_length=40)),
        migrations.AlterField("snapshot", "rows", models.PositiveIntegerField(default=0, help_text="Frozen so far.")),
        migrations.AddField(
            "snapshot",
            "options",
            models.JSONField(blank=True, db_default={}, default=dict, help_text="workflow/terms"),
        ),
        migrations.AddField(
            "snapshot",
            "settings",
            models.JSONField(blank=True, db_default={}, default=dict, help_text="What its format leaves to choose."),
        ),
        migrations.AddField(
            "snapshot",
            "records",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="The file that everything else is made of.",
                max_length=300,
            ),
        ),
        migrations.AddField(
            "snapshot", "records_sha256", models.CharField(blank=True, db_default="", default="", max_length=64)
        ),
        migrations.AddField("snapshot", "records_size", models.PositiveBigIntegerField(db_default=0, default=0)),
        migrations.AddField(
            "snapshot",
            "written",
            models.PositiveIntegerField(db_default=0, default=0, help_text="Of these, written to the file so far."),
        ),
        migrations.CreateModel(
            "SnapshotLedger",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("last_number", models.PositiveIntegerField(default=0)),
                ("keep_days", models.PositiveIntegerField(blank=True, null=True)),
                ("keep_last", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshot_ledger",
                        to="annotation.project",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            "SnapshotFile",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(choices=STATES, default="pending", max_length=10)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                (
                    "format",
                    models.CharField(blank=True, help_text="Empty for a difference.", max_length=40),
                ),
                ("settings", models.JSONField(blank=True, default=dict)),
                ("file", models.CharField(blank=True, max_length=300)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("losses", models.JSONField(blank=True, default=dict, help_text="{sentence: how often}")),
                ("summary", models.JSONField(blank=True, default=dict, help_text="What a difference comes to.")),
                (
                    "software",
                    models.CharField(blank=True, help_text="The version that wrote it.", max_length=40),
                ),
                (
                    "base",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="differences",
                        to="annotation.snapshot",
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
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="annotation.snapshot"
                    ),
                ),
            ],
            {
                "ordering": ["id"],
                "indexes": [
                    models.Index(condition=~Q(file=""), fields=["file"], name="snapshot_file_by_path"),
                    models.Index(
                        condition=Q(state__in=["pending", "running"]), fields=["id"], name="snapshot_file_active"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(base__isnull=True),
                        fields=["snapshot", "format", "settings"],
                        name="snapshot_file_once_per_format",
                    ),
                    models.UniqueConstraint(
                        condition=Q(base__isnull=False), fields=["snapshot", "base"], name="snapshot_difference_once"
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEP, GIVE_BACK),
        migrations.RemoveField("snapshot", "file"),
    ]
