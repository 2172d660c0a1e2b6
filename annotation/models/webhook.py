"""Where other programs are told what happens: addresses that administrators set, and what leads let them hear."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .connection import NAME
from .project import Project


class Webhook(models.Model):
    """A target. Deactivated rather than deleted: its deliveries say what it was told."""

    name = models.CharField(max_length=50, unique=True, validators=[NAME], help_text=_("What leads choose it by."))
    url = models.CharField(max_length=500, help_text=_("Such as https://hooks.example.org/synthweb."))
    sealed_secret = models.BinaryField(default=b"", editable=False, help_text="Encrypted; shown once.")
    active = models.BooleanField(default=True, help_text=_("Something is sent to it."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Subscription(models.Model):
    """What one target hears of one project."""

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="subscriptions")
    project = models.ForeignKey(Project, models.CASCADE, related_name="subscriptions")
    events = models.JSONField(default=list, help_text="Of PROJECT_EVENTS.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "webhook"], name="subscription_once")]
