"""What a request with an Idempotency-Key was answered, for whoever sends it again."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

KEY_LENGTH = 100


class KeptReply(models.Model):
    """Written in the transaction of what the request does: both are there, or neither is."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=KEY_LENGTH)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, address and body, in hexadecimal.")
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField(default=bytes, help_text="Sealed: it may hold what is shown once.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="kept_reply_once")]
        indexes = [models.Index(fields=["created_at"], name="kept_reply_by_age")]
