"""The append-only log: who or what changed what, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from .annotator import Annotator
from .item import Item
from .project import Project


class Verb(models.TextChoices):
    PROJECT_CREATED = "project_created", "created the project"
    PROJECT_CHANGED = "project_changed", "changed the project"
    MEMBER_ADDED = "member_added", "added a member"
    MEMBER_REMOVED = "member_removed", "removed a member"
    MEMBER_CHANGED = "member_changed", "changed a member"
    INVITED = "invited", "made an invitation"
    UNINVITED = "uninvited", "revoked an invitation"
    JOINED = "joined", "joined by invitation"
    QUALIFIED = "qualified", "finished a qualification"
    SCHEMA_CHANGED = "schema_changed", "changed the questions"
    SCHEMA_FOLLOWED = "schema_followed", "brought the answers along"
    IMPORT_STARTED = "import_started", "started an import"
    IMPORT_FINISHED = "import_finished", "finished an import"
    LABELER_ADDED = "labeler_added", "added a model annotator"
    LABELER_RETIRED = "labeler_retired", "retired a model annotator"
    LABELER_ACTIVATED = "labeler_activated", "put a model annotator back to work"
    TRAINED = "trained", "learned from answers"
    CALIBRATED = "calibrated", "was calibrated"
    RUN_STARTED = "run_started", "started a run"
    RUN_FINISHED = "run_finished", "finished a run"
    ANSWERED = "answered", "answered"
    SKIPPED = "skipped", "skipped"
    REOPENED = "reopened", "took up again what they had skipped"
    WITHDRAWN = "withdrawn", "took an answer back"
    FLAGGED = "flagged", "flagged"
    UNFLAGGED = "unflagged", "cleared a flag"
    JUDGED = "judged", "advised"
    RESOLVED = "resolved", "decided"
    BULK_STARTED = "bulk_started", "started a change of many items"
    BULK_FINISHED = "bulk_finished", "finished a change of many items"
    BULK_UNDONE = "bulk_undone", "took a change of many items back"
    REQUEUED = "requeued", "asked people again"
    ASSIGNED = "assigned", "was given to somebody"
    DELETED = "deleted", "deleted"
    RESTORED = "restored", "brought back"
    ERASED = "erased", "erased deleted items for good"
    MOVED = "moved", "moved"
    SNAPSHOT_REQUESTED = "snapshot_requested", "asked for a snapshot"
    SNAPSHOT_FINISHED = "snapshot_finished", "finished a snapshot"


class Event(models.Model):
    """A database trigger refuses updates and deletes, so what happened cannot be rewritten."""

    # No cascade: the log of a deleted project is deleted on purpose, by the verb that deletes the project.
    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="events", db_constraint=False)
    item = models.ForeignKey(Item, models.DO_NOTHING, null=True, related_name="events", db_constraint=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    annotator = models.ForeignKey(Annotator, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    verb = models.CharField(max_length=30, choices=Verb)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["project", "-id"], name="event_by_project"),
            models.Index(fields=["item", "id"], name="event_by_item", condition=models.Q(item__isnull=False)),
        ]
