"""What a person should know: one row, one sentence, one link."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .comment import Comment
from .item import Item
from .project import Project


class NotificationKind(models.TextChoices):
    """Each is the middle of a sentence: who … the item."""

    MENTIONED = "mentioned", "mentioned you on"
    COMMENTED = "commented", "commented on"
    FLAG_CLEARED = "flag_cleared", "cleared your flag on"
    DECIDED = "decided", "decided otherwise than you on"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    project = models.ForeignKey(Project, models.CASCADE, related_name="notifications")
    item = models.ForeignKey(Item, models.CASCADE, related_name="notifications")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="notifications")
    kind = models.CharField(max_length=20, choices=NotificationKind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_mine"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"),
        ]
