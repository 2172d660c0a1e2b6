"""A person or a model version: whoever answers. Both walk the same path and are compared on equal terms."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .labeler import Labeler
from .project import Project


class AnnotatorKind(models.TextChoices):
    HUMAN = "human", _("Person")
    MODEL = "model", _("Model")


class Annotator(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="annotators")
    kind = models.CharField(max_length=10, choices=AnnotatorKind)
    name = models.CharField(max_length=200)
    # Null for people who were imported with their answers and have no account here.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="annotators"
    )
    labeler = models.OneToOneField(Labeler, models.CASCADE, null=True, blank=True, related_name="annotator")

    # Where this person's last claim stood in the queue's order, so that the next one need not walk past all their work.
    queue_rank = models.FloatField(null=True)
    queue_item = models.BigIntegerField(null=True)

    # A person's answer counts this much. Kept when they leave: a removed spammer's answers do not begin to count again.
    weight = models.FloatField(default=1, validators=[MinValueValidator(0), MaxValueValidator(10)])
    # After a new weight, the item up to which the ones they answered were looked at anew; null when all were.
    reweighed_through = models.BigIntegerField(null=True)

    # By what reviewers found of this person's answers, so many times the project's share is drawn for review.
    review_factor = models.FloatField(default=1, db_default=1)

    class Meta:
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="annotator_once_per_user"),
            models.UniqueConstraint(fields=["project", "kind", "name"], name="annotator_once_per_name"),
            models.CheckConstraint(
                condition=Q(kind="human", labeler__isnull=True)
                | Q(kind="model", labeler__isnull=False, user__isnull=True),
                name="annotator_person_or_model",
            ),
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=10), name="annotator_weight_0_to_10"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(reweighed_through__isnull=False), name="annotator_reweighing")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_human(self) -> bool:
        return self.kind == AnnotatorKind.HUMAN
