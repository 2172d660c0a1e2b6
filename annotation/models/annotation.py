"""One annotator's answers to one item."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .annotator import Annotator
from .assignment import Assignment
from .item import Item
from .project import Project
from .run import Run


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def current(self) -> AnnotationQuerySet:
        return self.filter(superseded_at__isnull=True)

    def human(self) -> AnnotationQuerySet:
        return self.filter(annotator__kind="human")

    def by_models(self) -> AnnotationQuerySet:
        return self.filter(annotator__kind="model")

    def on_record(self) -> AnnotationQuerySet:
        """What is said of an item, votes and advice; hidden checks are about whoever answered them."""
        return self.current().filter(as_check=False)

    def votes(self) -> AnnotationQuerySet:
        """What counts towards the consensus: a judge has read the others' votes, so its opinion is advice."""
        return self.on_record().filter(advice=False)


class Annotation(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="annotations")
    item = models.ForeignKey(Item, models.CASCADE, related_name="annotations")
    annotator = models.ForeignKey(Annotator, models.PROTECT, related_name="annotations")
    assignment = models.ForeignKey(Assignment, models.SET_NULL, null=True, related_name="annotations")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="annotations")
    answers = models.JSONField(help_text="{question: value}")
    distribution = models.JSONField(default=dict, help_text="{question: {option: probability}}")
    confidence = models.FloatField(null=True, help_text="Probability of the answers, in [0, 1].")
    rationale = models.TextField(blank=True)
    raw_reply = models.TextField(blank=True)
    seconds = models.FloatField(null=True)
    suggestion_seen = models.BooleanField(default=False)
    shown = models.JSONField(default=dict, help_text="{question: options in the order in which they were shown}")
    advice = models.BooleanField(default=False)
    as_check = models.BooleanField(default=False, help_text="Answered as a hidden check: measures, and is no vote.")
    schema_version = models.PositiveIntegerField()
    idempotency_key = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    superseded_at = models.DateTimeField(null=True, help_text="Set when revised or withdrawn; revisions are kept.")

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "annotator"], condition=Q(superseded_at__isnull=True), name="annotation_one_current"
            ),
            models.UniqueConstraint(
                fields=["annotator", "idempotency_key"], condition=~Q(idempotency_key=""), name="annotation_idempotent"
            ),
        ]
        indexes = [models.Index(fields=["annotator", "-id"], name="annotation_mine")]
