"""What a reviewer found of an answer that was drawn for review: it stood, or it did not."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from .annotator import Annotator
from .item import Item
from .project import Project
from .resolution import Resolution
from .returned_answer import ReturnedAnswer


class ReviewedAnswer(models.Model):
    """Of answers on sampled items alone: those that are disputed say less of who gave them than of the item.

    It rests on a decision, or on the answer's return, and goes with what it rests on.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    item = models.ForeignKey(Item, models.CASCADE, related_name="reviewed_answers")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="reviewed_answers")
    resolution = models.ForeignKey(Resolution, models.CASCADE, null=True, related_name="reviewed_answers")
    returned = models.OneToOneField(ReturnedAnswer, models.CASCADE, null=True, related_name="reviewed_answer")
    accepted = models.BooleanField(help_text="It was decided as this person had answered.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(resolution__isnull=True) ^ models.Q(returned__isnull=True),
                name="reviewed_answer_rests_on_one",
            ),
            models.UniqueConstraint(fields=["resolution", "annotator"], name="reviewed_answer_once_per_decision"),
        ]
        indexes = [models.Index(fields=["annotator", "-id"], name="reviewed_answer_newest")]
