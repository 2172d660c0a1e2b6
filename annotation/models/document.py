"""A text that recipes make items from."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from .project import Project


class Document(models.Model):
    """Uploaded by a manager, kept as text; recipes cut it into chunks by its headings."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="documents")
    name = models.CharField(max_length=200)
    text = models.TextField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["project", "digest"], name="document_once_per_text")]

    def __str__(self) -> str:
        return self.name
