"""A lease on an item: one annotator's promise to answer, with an expiry."""

from __future__ import annotations

import random

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotation.questions import Question, type_of

from .annotator import Annotator
from .item import Item
from .project import Project
from .qualification import Qualification


class AssignmentState(models.TextChoices):
    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")
    SKIPPED = "skipped", _("Skipped")
    EXPIRED = "expired", _("Expired")


class Purpose(models.TextChoices):
    """Why somebody was given an item. Checks take no slot, and what is answered to them is no vote."""

    WORK = "work", _("Work")
    CHECK = "check", _("Check")
    QUALIFICATION = "qualification", _("Qualification")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open(self) -> AssignmentQuerySet:
        """Leases that still hold their slot, late or not: until it is given away, a late answer is welcome."""
        return self.filter(state=AssignmentState.OPEN)

    def overdue(self) -> AssignmentQuerySet:
        # The database's clock only: application servers may disagree about the time.
        return self.open().filter(expires_at__lt=Now())


class Assignment(models.Model):
    project = models.ForeignKey(Project, models.CASCADE, related_name="assignments")
    item = models.ForeignKey(Item, models.CASCADE, related_name="assignments")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="assignments")
    state = models.CharField(max_length=10, choices=AssignmentState, default=AssignmentState.OPEN)
    purpose = models.CharField(max_length=15, choices=Purpose, default=Purpose.WORK, db_default=Purpose.WORK)
    qualification = models.ForeignKey(Qualification, models.SET_NULL, null=True, related_name="assignments")
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", help_text="Null where the queue did."
    )
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was skipped.")
    draft = models.JSONField(default=dict, blank=True)
    drafted_at = models.DateTimeField(null=True, help_text="When the draft last changed, by the database's clock.")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            # An expired lease may be taken again by the same person; every other one is for good.
            models.UniqueConstraint(
                fields=["annotator", "item"], condition=~Q(state="expired"), name="assignment_once_per_annotator"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="assignment_overdue"),
            models.Index(fields=["annotator", "id"], condition=Q(state="open"), name="assignment_mine"),
            models.Index(fields=["annotator", "-id"], name="assignment_newest"),
            models.Index(fields=["annotator", "-id"], condition=Q(state="skipped"), name="assignment_skipped"),
        ]

    @property
    def shown_orders(self) -> dict[str, list[str]]:
        """The order of each question that shuffles its options, by name."""
        questions = self.project.question_list
        return {each.name: self.shown_order(each) for each in questions if type_of(each).shuffled}

    def shown_order(self, question: Question) -> list[str]:
        """The question's options as this person is shown them: shuffled, and the same at every look."""
        order = sorted(question.values)
        random.Random(f"{self.pk} {question.name}").shuffle(order)
        return order

    @property
    def takes_slot(self) -> bool:
        return self.purpose == Purpose.WORK

    def held_by(self, annotator: Annotator) -> Assignment:
        """This lease, with its annotator and project as the caller has them already rather than read again."""
        self.annotator, self.project = annotator, annotator.project
        return self
