"""What people say to each other about an item."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .item import Item
from .project import Project

COMMENT_LENGTH = 5_000


class Comment(models.Model):
    """Said for good: a comment that was taken back leaves its place, without its text."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="comments")
    item = models.ForeignKey(Item, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(max_length=COMMENT_LENGTH, blank=True)
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["item", "id"], name="comment_by_item")]
