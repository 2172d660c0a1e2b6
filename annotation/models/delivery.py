"""One message to one target: written together with what it tells of, and sent until it arrives."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .job import JobState, LeasedJob
from .project import Project
from .webhook import Webhook


class Delivery(LeasedJob):
    """`attempts` counts the requests that were begun; `error` is of the last one, in our words."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text="The same however often it is sent.")
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    project = models.ForeignKey(Project, models.CASCADE, null=True, related_name="deliveries")
    event = models.CharField(max_length=30)
    occurrence = models.CharField(max_length=200)
    body = models.TextField(help_text="JSON, byte for byte as it is signed.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the last reply.")
    due_at = models.DateTimeField(db_default=Now(), help_text="Not sent before.")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "project", "event", "occurrence"], name="delivery_once")
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=JobState.active()), name="delivery_due"),
            models.Index(fields=["project", "-id"], name="delivery_by_project"),
            models.Index(fields=["webhook", "-id"], name="delivery_by_webhook"),
            models.Index(fields=["created_at"], name="delivery_by_age"),
        ]

    def __str__(self) -> str:
        return str(self.key)
