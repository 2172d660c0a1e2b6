"""The append-only log: who or what changed what, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .annotator import Annotator
from .item import Item
from .project import Project


class Verb(models.TextChoices):
    PROJECT_CREATED = "project_created", _("created the project")
    PROJECT_CHANGED = "project_changed", _("changed the project")
    MEMBER_ADDED = "member_added", _("added a member")
    MEMBER_REMOVED = "member_removed", _("removed a member")
    MEMBER_CHANGED = "member_changed", _("changed a member")
    INVITED = "invited", _("made an invitation")
    UNINVITED = "uninvited", _("revoked an invitation")
    JOINED = "joined", _("joined by invitation")
    QUALIFIED = "qualified", _("finished a qualification")
    SCHEMA_CHANGED = "schema_changed", _("changed the questions")
    SCHEMA_FOLLOWED = "schema_followed", _("brought the answers along")
    IMPORT_STARTED = "import_started", _("started an import")
    IMPORT_FINISHED = "import_finished", _("finished an import")
    LABELER_ADDED = "labeler_added", _("added a model annotator")
    LABELER_RETIRED = "labeler_retired", _("retired a model annotator")
    LABELER_ACTIVATED = "labeler_activated", _("put a model annotator back to work")
    TRAINED = "trained", _("learned from answers")
    CALIBRATED = "calibrated", _("was calibrated")
    FITTED = "fitted", _("fitted the annotators")
    LICENSED = "licensed", _("let models settle items alone")
    LICENCE_REVOKED = "licence_revoked", _("took the models’ licence back")
    RUN_STARTED = "run_started", _("started a run")
    RUN_FINISHED = "run_finished", _("finished a run")
    SYNTHESIS_STARTED = "synthesis_started", _("started a recipe")
    SYNTHESIS_FINISHED = "synthesis_finished", _("finished a recipe")
    EXPERIMENT_STARTED = "experiment_started", _("started an experiment")
    EXPERIMENT_FINISHED = "experiment_finished", _("finished an experiment")
    STRATUM_OPENED = "stratum_opened", _("opened a group of generated items")
    ITEM_REWRITTEN = "item_rewritten", _("rewrote a generated item")
    RATIONALE_CHECKED = "rationale_checked", _("checked a rationale")
    DOCUMENT_ADDED = "document_added", _("uploaded a document")
    DOCUMENT_REMOVED = "document_removed", _("removed a document")
    ANSWERED = "answered", _("answered")
    SKIPPED = "skipped", _("skipped")
    REOPENED = "reopened", _("took up again what they had skipped")
    WITHDRAWN = "withdrawn", _("took an answer back")
    FLAGGED = "flagged", _("flagged")
    UNFLAGGED = "unflagged", _("cleared a flag")
    JUDGED = "judged", _("advised")
    RESOLVED = "resolved", _("decided")
    UNRESOLVED = "unresolved", _("took a decision back")
    RETURNED = "returned", _("returned an answer")
    BULK_STARTED = "bulk_started", _("started a change of many items")
    BULK_FINISHED = "bulk_finished", _("finished a change of many items")
    BULK_UNDONE = "bulk_undone", _("took a change of many items back")
    REQUEUED = "requeued", _("asked people again")
    ASSIGNED = "assigned", _("was given to somebody")
    DELETED = "deleted", _("deleted")
    RESTORED = "restored", _("brought back")
    ITEM_CORRECTED = "item_corrected", _("corrected what is written beside an item")
    ERASED = "erased", _("erased deleted items for good")
    MOVED = "moved", _("moved")
    SNAPSHOT_REQUESTED = "snapshot_requested", _("asked for a snapshot")
    SNAPSHOT_FINISHED = "snapshot_finished", _("finished a snapshot")
    SNAPSHOT_DELETED = "snapshot_deleted", _("deleted a snapshot")
    SNAPSHOTS_KEPT = "snapshots_kept", _("said how long files of snapshots are kept")


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
