"""A person's answer that a reviewer gave back to them, with what is to be done about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .annotation import Annotation
from .annotator import Annotator
from .assignment import Assignment
from .item import Item
from .project import Project


class ReturnedAnswer(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="returned_answers")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="returned_answers")
    annotation = models.OneToOneField(Annotation, models.CASCADE, related_name="returned")
    # Null where the person had left: then the item went back to the queue.
    assignment = models.ForeignKey(Assignment, models.SET_NULL, null=True, related_name="returned_answers")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    comment = models.TextField(help_text="What the person is to look at again.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.item} to {self.annotator}"
