from __future__ import annotations

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0019_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
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
                (
                    "key",
                    models.UUIDField(default=uuid.uuid4, help_text="The same however often it is sent.", unique=True),
                ),
                ("event", models.CharField(max_length=30)),
                ("occurrence", models.CharField(max_length=200)),
                ("body", models.TextField(help_text="JSON, byte for byte as it is signed.")),
                ("status", models.PositiveSmallIntegerField(help_text="Of the last reply.", null=True)),
                (
                    "due_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), help_text="Not sent before."
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("events", models.JSONField(default=list, help_text="Of PROJECT_EVENTS.")),
            ],
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "waiting",
                    models.BooleanField(default=False, help_text="Whether anything waited for people's answers."),
                ),
                ("emptied", models.PositiveIntegerField(default=0, help_text="How often nothing was left.")),
                (
                    "agreement_on",
                    models.DateField(help_text="The day (UTC) on which agreement was last looked at.", null=True),
                ),
                (
                    "agreement_upto",
                    models.BigIntegerField(default=0, help_text="The newest answer when a fall was last told."),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="What leads choose it by.",
                        max_length=50,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[a-z0-9][a-z0-9-]*\\Z", "Lower-case letters, digits and hyphens, such as “team-vllm”."
                            )
                        ],
                    ),
                ),
                ("url", models.CharField(help_text="Such as https://hooks.example.org/synthweb.", max_length=500)),
                ("sealed_secret", models.BinaryField(default=b"", help_text="Encrypted; shown once.")),
                ("active", models.BooleanField(default=True, help_text="Something is sent to it.")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="digest",
            field=models.CharField(
                choices=[("daily", "Every day"), ("weekly", "Every Monday"), ("never", "Never")],
                db_default="weekly",
                default="weekly",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="digested_at",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                editable=False,
                help_text="When the last digest was made.",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="muted",
            field=models.JSONField(
                db_default=[], default=list, editable=False, help_text="Kinds that are switched off."
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="data",
            field=models.JSONField(
                db_default={}, default=dict, help_text="What there is to say of it: ids, names, figures."
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="occurrence",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What happened, once: nobody is told twice.",
                max_length=200,
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="item",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notifications",
                to="annotation.item",
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
                    ("digest", "The digest"),
                    ("queue_empty", "Nothing is left to answer"),
                    ("agreement_fell", "People agree less than before"),
                    ("run_failed", "A run failed"),
                    ("licensed", "Models may settle items alone"),
                    ("licence_revoked", "Models may not settle items alone any more"),
                    ("webhook_failed", "A webhook could not be delivered"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["digest", "digested_at"], name="membership_digest_due"),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                condition=models.Q(("occurrence", ""), _negated=True),
                fields=("user", "project", "kind", "occurrence"),
                name="notification_once",
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="created_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="project",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="annotation.project",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="subscriptions", to="annotation.project"
            ),
        ),
        migrations.AddField(
            model_name="watch",
            name="project",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="watch", to="annotation.project"
            ),
        ),
        migrations.AddField(
            model_name="webhook",
            name="created_by",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="webhook",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="subscriptions", to="annotation.webhook"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="webhook",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="annotation.webhook"
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(fields=("project", "webhook"), name="subscription_once"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ("pending", "running"))), fields=["due_at"], name="delivery_due"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["project", "-id"], name="delivery_by_project"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["webhook", "-id"], name="delivery_by_webhook"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["created_at"], name="delivery_by_age"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                fields=("webhook", "project", "event", "occurrence"), name="delivery_once"
            ),
        ),
    ]
