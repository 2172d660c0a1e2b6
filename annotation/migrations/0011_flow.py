import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Now


def person(related_name="+"):
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name=related_name, to=settings.AUTH_USER_MODEL
    )


def row(to, related_name, **options):
    return models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name=related_name, to=to, **options)


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0010_question_types"),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="drafted_at",
            field=models.DateTimeField(help_text="When the draft last changed, by the database's clock.", null=True),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("state", "skipped")), fields=["annotator", "-id"], name="assignment_skipped"
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="guidelines_seen",
            field=models.PositiveIntegerField(
                editable=False, help_text="The version this person last took note of.", null=True
            ),
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", key()),
                ("text", models.TextField(blank=True, max_length=5000)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("removed_at", models.DateTimeField(null=True)),
                ("author", person()),
                ("item", row("annotation.item", "comments")),
                ("mentioned", models.ManyToManyField(blank=True, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("project", row("annotation.project", "comments")),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["item", "id"], name="comment_by_item")],
            },
        ),
        migrations.CreateModel(
            name="Flag",
            fields=[
                ("id", key()),
                ("reason", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("cleared_at", models.DateTimeField(null=True)),
                ("cleared_by", person()),
                ("item", row("annotation.item", "flags")),
                ("project", row("annotation.project", "flags")),
                ("user", person()),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("cleared_at__isnull", True)), fields=["project", "-id"], name="flag_open"
                    ),
                    models.Index(fields=["user", "-id"], name="flag_mine"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cleared_at__isnull", True)),
                        fields=("item", "user"),
                        name="flag_one_open_per_person",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", key()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("mentioned", "mentioned you on"),
                            ("commented", "commented on"),
                            ("flag_cleared", "cleared your flag on"),
                            ("decided", "decided otherwise than you on"),
                        ],
                        max_length=20,
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("read_at", models.DateTimeField(null=True)),
                ("actor", person()),
                ("comment", row("annotation.comment", "notifications", null=True)),
                ("item", row("annotation.item", "notifications")),
                ("project", row("annotation.project", "notifications")),
                ("user", row(settings.AUTH_USER_MODEL, "notifications")),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["user", "-id"], name="notification_mine"),
                    models.Index(
                        condition=models.Q(("read_at__isnull", True)), fields=["user"], name="notification_unread"
                    ),
                ],
            },
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
                    ("moved", "moved"),
                    ("snapshot_requested", "asked for a snapshot"),
                    ("snapshot_finished", "finished a snapshot"),
                ],
                max_length=30,
            ),
        ),
    ]
