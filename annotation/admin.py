"""The administration pages: look anything up. Rows that verbs write are read-only here, and the log is for good."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest

from annotation import models
from annotation.forms.connections import ConnectionForm
from annotation.workflow.people import add_member

admin.site.site_header = "SynthWeb administration"
admin.site.site_title = "SynthWeb"
# Counting a million rows for each page of a list would make the page wait.
admin.ModelAdmin.show_full_result_count = False

admin.site.register(models.User, UserAdmin)


class ReadOnly(admin.ModelAdmin):
    """What only verbs write: shown in full, never added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(models.Project)
class ProjectAdmin(ReadOnly):
    list_display = ("name", "slug", "lifecycle", "overlap", "min_human", "licensed", "created_by", "created_at")
    list_filter = ("lifecycle", "blind_first", "licensed")
    list_select_related = ("created_by",)
    search_fields = ("name", "slug")
    date_hierarchy = "created_at"


@admin.register(models.ProjectRevision)
class ProjectRevisionAdmin(ReadOnly):
    list_display = ("project", "guidelines_version", "schema_version", "created_at")
    list_select_related = ("project",)
    search_fields = ("project__name", "project__slug")


@admin.register(models.Membership)
class MembershipAdmin(ReadOnly):
    """Adding a member here saves a project whose last manager has left; the rest is done by its managers."""

    list_display = ("user", "project", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "project")
    search_fields = ("user__username", "project__name", "project__slug")
    autocomplete_fields = ("user", "project")

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def save_model(self, request: Any, obj: models.Membership, form: Any, change: bool) -> None:
        # The verb, because a member comes with an annotator and an event.
        added = add_member(obj.project, obj.user, obj.role, by=request.user)
        obj.pk = added.pk


@admin.register(models.Item)
class ItemAdmin(ReadOnly):
    list_display = ("id", "external_id", "project", "stage", "priority", "taken", "slots", "audit", "version")
    list_filter = ("stage", "audit", "source")
    list_select_related = ("project",)
    search_fields = ("=id", "external_id", "=project__slug")
    exclude = ("embedding", "content_hash", "parents")


@admin.register(models.Annotator)
class AnnotatorAdmin(ReadOnly):
    list_display = ("name", "kind", "project", "user", "labeler")
    list_filter = ("kind",)
    list_select_related = ("project", "user", "labeler")
    search_fields = ("name", "project__slug", "user__username")


@admin.register(models.Annotation)
class AnnotationAdmin(ReadOnly):
    list_display = ("id", "item_id", "annotator", "project", "answers", "confidence", "created_at", "superseded_at")
    list_filter = ("annotator__kind", "advice", "suggestion_seen")
    list_select_related = ("annotator", "project")
    search_fields = ("=id", "=item__id", "annotator__name", "=project__slug")


@admin.register(models.Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ("id", "item_id", "annotator", "project", "state", "created_at", "expires_at", "closed_at")
    list_filter = ("state",)
    list_select_related = ("annotator", "project")
    search_fields = ("=id", "=item__id", "annotator__name", "=project__slug")


@admin.register(models.Consensus)
class ConsensusAdmin(ReadOnly):
    list_display = ("item_id", "question", "value", "posterior", "votes", "method", "decided_by", "updated_at")
    list_filter = ("decided_by", "method")
    search_fields = ("=item__id", "question", "=project__slug")


@admin.register(models.Resolution)
class ResolutionAdmin(ReadOnly):
    list_display = ("id", "item_id", "project", "reviewer", "answers", "version", "created_at")
    list_select_related = ("project", "reviewer")
    search_fields = ("=item__id", "reviewer__username", "=project__slug", "comment")


@admin.register(models.Labeler)
class LabelerAdmin(ReadOnly):
    list_display = ("name", "version", "kind", "project", "active", "created_at")
    list_filter = ("kind", "active")
    list_select_related = ("project",)
    search_fields = ("name", "project__slug")


@admin.register(models.Connection)
class ConnectionAdmin(admin.ModelAdmin):
    """Where models behind endpoints are defined. Deactivated rather than deleted: labelers call them by name."""

    form = ConnectionForm
    list_display = ("name", "kind", "model", "base_url", "has_key", "concurrency", "price_in", "price_out", "active")
    list_filter = ("kind", "active")
    search_fields = ("name", "model", "base_url")

    @admin.display(boolean=True, description="key")
    def has_key(self, connection: models.Connection) -> bool:
        return bool(connection.sealed_key)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: Any, obj: models.Connection, form: Any, change: bool) -> None:
        obj.pk = form.commit(by=request.user).pk


@admin.register(models.Run)
class RunAdmin(ReadOnly):
    list_display = ("id", "project", "labeler", "purpose", "state", "done", "failed", "total", "tokens", "cost")
    list_filter = ("state", "purpose")
    list_select_related = ("project", "labeler")
    search_fields = ("=id", "project__slug", "labeler__name", "error")
    date_hierarchy = "created_at"


@admin.register(models.RunItem)
class RunItemAdmin(ReadOnly):
    list_display = ("run_id", "item_id", "state", "attempts", "leased_until", "reason")
    list_filter = ("state",)
    search_fields = ("=run__id", "=item__id")


@admin.register(models.ImportJob)
class ImportJobAdmin(ReadOnly):
    list_display = ("id", "filename", "project", "state", "read", "created", "duplicates", "rejected", "created_at")
    list_filter = ("state", "format")
    list_select_related = ("project",)
    search_fields = ("=id", "filename", "project__slug", "error")


@admin.register(models.RejectedRow)
class RejectedRowAdmin(ReadOnly):
    list_display = ("job", "line", "reason")
    list_select_related = ("job",)
    search_fields = ("=job__id", "reason")


@admin.register(models.Snapshot)
class SnapshotAdmin(ReadOnly):
    list_display = ("__str__", "format", "state", "rows", "size", "sha256", "created_by", "created_at")
    list_filter = ("state", "format")
    list_select_related = ("project", "created_by")
    search_fields = ("project__slug", "sha256")


@admin.register(models.Webhook)
class WebhookAdmin(ReadOnly):
    """Changed at /webhooks/, where a new secret can be shown once."""

    list_display = ("name", "url", "active", "created_by", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name", "url")


@admin.register(models.Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("key", "webhook", "project", "event", "state", "attempts", "status", "error", "created_at")
    list_filter = ("state", "event")
    list_select_related = ("webhook", "project")
    search_fields = ("webhook__name", "=project__slug")


@admin.register(models.Event)
class EventAdmin(ReadOnly):
    """Append-only: the database refuses changes even where these pages would not."""

    list_display = ("at", "project", "verb", "user", "annotator", "item_id", "data")
    list_filter = ("verb",)
    list_select_related = ("project", "user", "annotator")
    search_fields = ("=item__id", "project__slug", "user__username", "annotator__name")
