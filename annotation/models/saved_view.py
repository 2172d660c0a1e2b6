"""Filters, order and columns of the item list under a name."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from .project import Project
from .user import User


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        return self.filter(Q(owner=user) | Q(shared=True))


class SavedView(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="saved_views")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    query = models.TextField(blank=True, help_text="The address's query, checked.")
    shared = models.BooleanField(default=False, help_text="Shown to every reviewer and manager of the project.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "owner", "name"], name="saved_view_once_per_name")]

    def __str__(self) -> str:
        return self.name
