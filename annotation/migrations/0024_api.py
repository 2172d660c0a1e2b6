"""Scoped tokens, and answers kept for requests that are sent again."""

from __future__ import annotations

import secrets
from typing import Any

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


def grant_all(apps: Any, schema_editor: Any) -> None:
    """Tokens from before scopes keep the rights that they had."""
    grants = apps.get_model("annotation", "TokenGrant")
    rows = apps.get_model("knox", "AuthToken").objects.values_list("pk", "user_id")
    grants.objects.bulk_create(
        grants(token_id=pk, user_id=user, number=secrets.randbelow(2**53 - 1) + 1, scope="manage") for pk, user in rows
    )


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0023_snapshots"),
        ("knox", "0009_extend_authtoken_field"),
    ]

    operations = [
        migrations.CreateModel(
            name="TokenGrant",
            fields=[
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="grant",
                        serialize=False,
                        to="knox.authtoken",
                    ),
                ),
                (
                    "number",
                    models.BigIntegerField(
                        help_text="Names the token in addresses; says nothing about it.", unique=True
                    ),
                ),
                ("name", models.CharField(blank=True, help_text="What it is for.", max_length=80)),
                (
                    "scope",
                    models.CharField(
                        choices=[("read", "Read"), ("annotate", "Annotate"), ("manage", "Manage")],
                        default="manage",
                        max_length=10,
                    ),
                ),
                (
                    "projects",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="Empty: every project of its owner's.",
                        size=None,
                    ),
                ),
                ("used_at", models.DateTimeField(help_text="To a few minutes.", null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="token_grants",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="tokengrant",
            index=models.Index(fields=["user", "-number"], name="grant_by_user"),
        ),
        migrations.AddConstraint(
            model_name="tokengrant",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["read", "annotate", "manage"])), name="grant_known_scope"
            ),
        ),
        migrations.CreateModel(
            name="KeptReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100)),
                (
                    "fingerprint",
                    models.CharField(help_text="SHA-256 of method, address and body, in hexadecimal.", max_length=64),
                ),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("content_type", models.CharField(blank=True, max_length=100)),
                (
                    "body",
                    models.BinaryField(default=bytes, help_text="Sealed: it may hold what is shown once."),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="keptreply",
            index=models.Index(fields=["created_at"], name="kept_reply_by_age"),
        ),
        migrations.AddConstraint(
            model_name="keptreply",
            constraint=models.UniqueConstraint(fields=("user", "key"), name="kept_reply_once"),
        ),
        migrations.RunPython(grant_all, migrations.RunPython.noop, elidable=True),
    ]
