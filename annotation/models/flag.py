"""A person's sign that something is wrong with an item, until a reviewer has looked at it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .item import Item
from .project import Project


class FlagQuerySet(models.QuerySet["Flag"]):
    def open(self) -> FlagQuerySet:
        return self.filter(cleared_at__isnull=True)


class Flag(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="flags")
    item = models.ForeignKey(Item, models.CASCADE, related_name="flags")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    created_at = models.DateTimeField(db_default=Now())
    cleared_at = models.DateTimeField(null=True)
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    objects = FlagQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "user"], condition=Q(cleared_at__isnull=True), name="flag_one_open_per_person"
            )
        ]
        indexes = [
            models.Index(fields=["project", "-id"], condition=Q(cleared_at__isnull=True), name="flag_open"),
            models.Index(fields=["user", "-id"], name="flag_mine"),
        ]
