"""A change of a project's questions while people work, and what every answer it touched said before."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext as _

from annotation.questions import InvalidQuestion, apply_change

from .item import Item
from .job import LeasedJob
from .project import Project


class SchemaChange(LeasedJob):
    """A job: the questions change at once, the stored answers follow in batches. The newest one can be undone."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="schema_changes")
    version = models.PositiveIntegerField(help_text="The schema version that it makes.")
    change = models.JSONField(help_text="As it was asked for; {} for an undo.")
    summary = models.TextField(help_text="What it does, in sentences.")
    before = models.JSONField(help_text="The questions it found.")
    after = models.JSONField(help_text="The questions it leaves.")
    moves = models.JSONField(
        default=dict,
        help_text="{question: null where it goes, or {option: its successor, null where answers go back to people}}",
    )
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    checkpoint = models.BigIntegerField(default=0, help_text="The last item whose answers have followed.")
    last_item = models.BigIntegerField(default=0, help_text="Items that came later fit already.")
    total = models.PositiveIntegerField(default=0, help_text="Items to look at.")
    done = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="schema_change_once_per_version")]

    def __str__(self) -> str:
        return self.summary

    def told(self) -> str:
        """`summary`, which is stored in English, in the reader's language."""
        if self.undoes is not None:
            return _("Undoes: %(summary)s") % {"summary": self.undoes.told()}
        try:
            return apply_change(self.before, self.project.fields, self.change).summary
        except InvalidQuestion:
            return self.summary


class KeptNoun(models.TextChoices):
    ANNOTATION = "annotation", "Annotation"
    RESOLUTION = "resolution", "Decision"
    GOLD = "gold", "Gold answer"
    DRAFT = "draft", "Draft"
    CANDIDATE = "candidate", "Intended answer"


class KeptAnswer(models.Model):
    """What a row said before a change, so that an undo can say it again."""

    change = models.ForeignKey(SchemaChange, models.CASCADE, related_name="kept")
    item = models.ForeignKey(Item, models.CASCADE, related_name="+")
    noun = models.CharField(max_length=10, choices=KeptNoun)
    row = models.BigIntegerField(help_text="The row's id; of a gold answer, its item's.")
    values = models.JSONField(help_text="The fields that the change wrote, as they were.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change", "noun", "row"], name="kept_answer_once_per_change")]
        indexes = [models.Index(fields=["change", "item"], name="kept_answer_by_item")]
