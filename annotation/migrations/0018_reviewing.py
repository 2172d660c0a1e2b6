from __future__ import annotations

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# What waited before reasons were kept: as routing would have said.
FILL = """
UPDATE annotation_item item
SET review_reason = CASE
    WHEN item.stage = 'disputed' OR item.disagreement > 0 THEN 'disputed'
    WHEN EXISTS (
        SELECT FROM annotation_assignment lease WHERE lease.item_id = item.id AND lease.state = 'skipped'
    ) THEN 'skipped'
    ELSE 'low_confidence'
END
WHERE item.stage IN ('disputed', 'review')
"""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0017_resolving")]

    operations = [
        migrations.CreateModel(
            name="ReturnedAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("comment", models.TextField(help_text="What the person is to look at again.")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ReviewedAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("accepted", models.BooleanField(help_text="It was decided as this person had answered.")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.AddField(
            model_name="annotator",
            name="review_factor",
            field=models.FloatField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="item",
            name="review_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("disputed", "People disagree"),
                    ("low_confidence", "Low confidence"),
                    ("skipped", "Skipped"),
                    ("sampled", "Drawn as a sample"),
                    ("returned", "Answered again after it was returned"),
                ],
                db_default="",
                default="",
                help_text="Why it waits for a reviewer; empty where it does not.",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="sampled",
            field=models.BooleanField(
                help_text="Whether a reviewer looks at what people settled; null until the lot was drawn.", null=True
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="anonymous_review",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="reviewers do not see who answered"
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="review_share",
            field=models.FloatField(
                db_default=0,
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1)],
                verbose_name="share of what people settle that a reviewer looks at",
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="ambiguous",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="resolution",
            name="distribution",
            field=models.JSONField(
                db_default={}, default=dict, help_text="{question: {key: share}} of one that is ambiguous."
            ),
        ),
        migrations.AddField(
            model_name="resolution",
            name="merge",
            field=models.JSONField(
                db_default={}, default=dict, help_text="{question: strategy} by which votes became the answer."
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
                    ("erased", "erased deleted items for good"),
                    ("moved", "moved"),
                    ("snapshot_requested", "asked for a snapshot"),
                    ("snapshot_finished", "finished a snapshot"),
                ],
                max_length=30,
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("mentioned", "mentioned you on"),
                    ("commented", "commented on"),
                    ("flag_cleared", "cleared your flag on"),
                    ("decided", "decided otherwise than you on"),
                    ("returned", "returned your answer to"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("review_reason", ""), _negated=True),
                fields=["project", "review_reason", "id"],
                name="item_by_review_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="resolution",
            index=models.Index(fields=["project", "reviewer", "-id"], name="resolution_mine"),
        ),
        migrations.AddField(
            model_name="returnedanswer",
            name="annotation",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="returned", to="annotation.annotation"
            ),
        ),
        migrations.AddField(
            model_name="returnedanswer",
            name="annotator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="returned_answers", to="annotation.annotator"
            ),
        ),
        migrations.AddField(
            model_name="returnedanswer",
            name="assignment",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="returned_answers",
                to="annotation.assignment",
            ),
        ),
        migrations.AddField(
            model_name="returnedanswer",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="returned_answers", to="annotation.item"
            ),
        ),
        migrations.AddField(
            model_name="returnedanswer",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotation.project"
            ),
        ),
        migrations.AddField(
            model_name="returnedanswer",
            name="reviewer",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="returned",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="annotation.returnedanswer",
            ),
        ),
        migrations.AddField(
            model_name="reviewedanswer",
            name="annotator",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reviewed_answers", to="annotation.annotator"
            ),
        ),
        migrations.AddField(
            model_name="reviewedanswer",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reviewed_answers", to="annotation.item"
            ),
        ),
        migrations.AddField(
            model_name="reviewedanswer",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotation.project"
            ),
        ),
        migrations.AddField(
            model_name="reviewedanswer",
            name="resolution",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reviewed_answers",
                to="annotation.resolution",
            ),
        ),
        migrations.AddField(
            model_name="reviewedanswer",
            name="returned",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reviewed_answer",
                to="annotation.returnedanswer",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewedanswer",
            index=models.Index(fields=["annotator", "-id"], name="reviewed_answer_newest"),
        ),
        migrations.AddConstraint(
            model_name="reviewedanswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("resolution__isnull", True), ("returned__isnull", True), _connector="XOR"),
                name="reviewed_answer_rests_on_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewedanswer",
            constraint=models.UniqueConstraint(
                fields=("resolution", "annotator"), name="reviewed_answer_once_per_decision"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
