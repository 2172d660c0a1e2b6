import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0012_explorer"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("manager", "Manager"), ("reviewer", "Reviewer"), ("annotator", "Annotator")],
                        max_length=20,
                    ),
                ),
                ("note", models.CharField(blank=True, help_text="Whom it is for.", max_length=200)),
                ("token_hash", models.CharField(help_text="SHA-256, in hexadecimal.", max_length=64, unique=True)),
                ("uses_allowed", models.PositiveSmallIntegerField(default=1)),
                ("uses", models.PositiveSmallIntegerField(default=0)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Qualification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Answering"),
                            ("passed", "Passed"),
                            ("failed", "Not passed"),
                            ("waived", "Waived"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("items", models.PositiveSmallIntegerField(help_text="How many are asked.")),
                ("mark", models.FloatField(help_text="The share that has to be right.")),
                ("answered", models.PositiveSmallIntegerField(default=0)),
                ("right", models.PositiveSmallIntegerField(default=0)),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="annotation",
            name="as_check",
            field=models.BooleanField(default=False, help_text="Answered as a hidden check: measures, and is no vote."),
        ),
        migrations.AddField(
            model_name="annotator",
            name="reweighed_through",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="annotator",
            name="weight",
            field=models.FloatField(
                default=1,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(10)],
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="purpose",
            field=models.CharField(
                choices=[("work", "Work"), ("check", "Check"), ("qualification", "Qualification")],
                db_default="work",
                default="work",
                max_length=15,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="assigned_only",
            field=models.BooleanField(default=False, help_text="Is given nothing but what was assigned to them."),
        ),
        migrations.AddField(
            model_name="membership",
            name="daily_cap",
            field=models.PositiveIntegerField(blank=True, help_text="Answers a day (UTC) at most.", null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="paused",
            field=models.BooleanField(default=False, help_text="Is given nothing."),
        ),
        migrations.AddField(
            model_name="project",
            name="gold_feedback",
            field=models.BooleanField(default=False, verbose_name="say after a check what the known answer is"),
        ),
        migrations.AddField(
            model_name="project",
            name="gold_rate",
            field=models.FloatField(
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(0.5)],
                verbose_name="share of a person’s items that are hidden checks",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="qualification_items",
            field=models.PositiveSmallIntegerField(
                default=0,
                validators=[django.core.validators.MaxValueValidator(200)],
                verbose_name="checks that a newcomer answers first",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="qualification_mark",
            field=models.FloatField(
                default=0.8,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)],
                verbose_name="share of them that has to be right",
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
        migrations.AddIndex(
            model_name="annotator",
            index=models.Index(
                condition=models.Q(("reweighed_through__isnull", False)), fields=["id"], name="annotator_reweighing"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(condition=models.Q(("gold__isnull", False)), fields=["project", "id"], name="item_gold"),
        ),
        migrations.AddConstraint(
            model_name="annotator",
            constraint=models.CheckConstraint(
                condition=models.Q(("weight__gte", 0), ("weight__lte", 10)), name="annotator_weight_0_to_10"
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(("gold_rate__gte", 0), ("gold_rate__lte", 0.5)), name="project_gold_rate_range"
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("qualification_items__lte", 200), ("qualification_mark__gte", 0), ("qualification_mark__lte", 1)
                ),
                name="project_qualification_range",
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="annotation.project"
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="annotator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="qualifications", to="annotation.annotator"
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="decided_by",
            field=models.ForeignKey(
                help_text="Who waived it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="qualification",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="assignments",
                to="annotation.qualification",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["annotator", "-id"], name="assignment_newest"),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["project", "-id"], name="invitation_by_project"),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("uses__lte", models.F("uses_allowed"))), name="invitation_never_over_used"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["manager", "reviewer", "annotator"])), name="invitation_known_role"
            ),
        ),
        migrations.AddIndex(
            model_name="qualification",
            index=models.Index(fields=["annotator", "-id"], name="qualification_newest"),
        ),
        migrations.AddConstraint(
            model_name="qualification",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")), fields=("annotator",), name="qualification_one_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="qualification",
            constraint=models.CheckConstraint(
                condition=models.Q(("answered__lte", models.F("items")), ("right__lte", models.F("answered"))),
                name="qualification_counts_add_up",
            ),
        ),
    ]
