"""What a person should know: one row, one sentence, one link."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .comment import Comment
from .item import Item
from .project import Project
from .returned_answer import ReturnedAnswer


class NotificationKind(models.TextChoices):
    """About an item each is the middle of a sentence (who … the item); about a project it is one by itself."""

    MENTIONED = "mentioned", _("mentioned you on")
    COMMENTED = "commented", _("commented on")
    FLAG_CLEARED = "flag_cleared", _("cleared your flag on")
    DECIDED = "decided", _("decided otherwise than you on")
    RETURNED = "returned", _("returned your answer to")
    DIGEST = "digest", _("The digest")
    QUEUE_EMPTY = "queue_empty", _("Nothing is left to answer")
    AGREEMENT_FELL = "agreement_fell", _("People agree less than before")
    RUN_FAILED = "run_failed", _("A run failed")
    LICENSED = "licensed", _("Models may settle items alone")
    LICENCE_REVOKED = "licence_revoked", _("Models may not settle items alone any more")
    WEBHOOK_FAILED = "webhook_failed", _("A webhook could not be delivered")


# What happens to a project rather than to an item: leads hear of it, and webhooks.
PROJECT_EVENTS = (
    NotificationKind.QUEUE_EMPTY,
    NotificationKind.AGREEMENT_FELL,
    NotificationKind.RUN_FAILED,
    NotificationKind.LICENSED,
    NotificationKind.LICENCE_REVOKED,
)
# How often somebody gets a digest is another choice than whether.
SWITCHED = tuple(kind for kind in NotificationKind if kind is not NotificationKind.DIGEST)
FOR_LEADS = (*PROJECT_EVENTS, NotificationKind.WEBHOOK_FAILED)


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    project = models.ForeignKey(Project, models.CASCADE, related_name="notifications")
    item = models.ForeignKey(Item, models.CASCADE, null=True, related_name="notifications")
    comment = models.ForeignKey(Comment, models.CASCADE, null=True, related_name="notifications")
    returned = models.ForeignKey(ReturnedAnswer, models.CASCADE, null=True, related_name="notifications")
    kind = models.CharField(max_length=20, choices=NotificationKind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    occurrence = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="What happened, once: nobody is told twice."
    )
    data = models.JSONField(default=dict, db_default={}, help_text="What there is to say of it: ids, names, figures.")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "project", "kind", "occurrence"],
                condition=~Q(occurrence=""),
                name="notification_once",
            )
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_mine"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"),
        ]
