import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATES = [
    ("pending", "Pending"),
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
NOUNS = [
    ("annotation", "Annotation"),
    ("resolution", "Decision"),
    ("gold", "Gold answer"),
    ("draft", "Draft"),
]
# The last migration of its release: it has everybody's verbs.
VERBS = [
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
    ("run_started", "started a run"),
    ("run_finished", "finished a run"),
    ("answered", "answered"),
    ("skipped", "skipped"),
    ("reopened", "took up again what they had skipped"),
    ("withdrawn", "took an answer back"),
    ("flagged", "flagged"),
    ("unflagged", "cleared a flag"),
    ("judged", "advised"),
    ("resolved", "decided"),
    ("bulk_started", "started a change of many items"),
    ("bulk_finished", "finished a change of many items"),
    ("bulk_undone", "took a change of many items back"),
    ("requeued", "asked people again"),
    ("assigned", "was given to somebody"),
    ("deleted", "deleted"),
    ("restored", "brought back"),
    ("erased", "erased deleted items for good"),
    ("moved", "moved"),
    ("snapshot_requested", "asked for a snapshot"),
    ("snapshot_finished", "finished a snapshot"),
]


class Migration(migrations.Migration):

    dependencies = [
        ("annotation", "0013_people_at_work"),
    ]

    operations: list = [
        migrations.AddField(
            model_name="checkpoint",
            name="schema_version",
            field=models.PositiveIntegerField(default=1, help_text="Whose options its weights are about."),
        ),
        migrations.AddField(
            model_name="project",
            name="shape_version",
            field=models.PositiveIntegerField(
                default=1, help_text="The schema version since which answers have the shape they have now."
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="schema_version",
            field=models.PositiveIntegerField(default=1, help_text="Whose questions the answers fit."),
        ),
        migrations.CreateModel(
            name="SchemaChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(help_text="The schema version that it makes.")),
                ("change", models.JSONField(help_text="As it was asked for; {} for an undo.")),
                ("summary", models.TextField(help_text="What it does, in sentences.")),
                ("before", models.JSONField(help_text="The questions it found.")),
                ("after", models.JSONField(help_text="The questions it leaves.")),
                (
                    "moves",
                    models.JSONField(
                        default=dict,
                        help_text="{question: null where it goes, or {option: its successor, null where answers go "
                        "back to people}}",
                    ),
                ),
                ("state", models.CharField(choices=STATES, default="pending", max_length=10)),
                (
                    "checkpoint",
                    models.BigIntegerField(default=0, help_text="The last item whose answers have followed."),
                ),
                ("last_item", models.BigIntegerField(default=0, help_text="Items that came later fit already.")),
                ("total", models.PositiveIntegerField(default=0, help_text="Items to look at.")),
                ("done", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
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
                        related_name="schema_changes",
                        to="annotation.project",
                    ),
                ),
                (
                    "undoes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="undone_by",
                        to="annotation.schemachange",
                    ),
                ),
            ],
            options={"ordering": ["-version"]},
        ),
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("noun", models.CharField(choices=NOUNS, max_length=10)),
                ("row", models.BigIntegerField(help_text="The row's id; of a gold answer, its item's.")),
                ("values", models.JSONField(help_text="The fields that the change wrote, as they were.")),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotation.item"
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept",
                        to="annotation.schemachange",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="schemachange",
            constraint=models.UniqueConstraint(fields=("project", "version"), name="schema_change_once_per_version"),
        ),
        migrations.AddIndex(
            model_name="keptanswer",
            index=models.Index(fields=["change", "item"], name="kept_answer_by_item"),
        ),
        migrations.AddConstraint(
            model_name="keptanswer",
            constraint=models.UniqueConstraint(fields=("change", "noun", "row"), name="kept_answer_once_per_change"),
        ),
        migrations.AlterField(
            model_name="event", name="verb", field=models.CharField(choices=VERBS, max_length=30)
        ),
    ]
