"""Notifications: what happened to what the person who asks works on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Notification, NotificationKind, Scope
from annotation.workflow.notifying import mark_read

from .base import ApiView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Whole


class NotificationRow(serializers.Serializer):
    id = serializers.IntegerField()
    project = serializers.CharField(help_text="Its slug.")
    item = serializers.IntegerField(allow_null=True, help_text="Null where it is about the project.")
    comment = serializers.IntegerField(allow_null=True)
    assignment = serializers.IntegerField(allow_null=True, help_text="Of an answer that was returned: the lease.")
    text = serializers.CharField(help_text="Of an answer that was returned: what to look at again.")
    kind = serializers.CharField(help_text=", ".join(NotificationKind.values))
    actor = serializers.CharField(allow_null=True)
    data = serializers.JSONField(help_text="Of what happened to the project: ids, names, figures.")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


class ReadBody(Body):
    upto = Whole(required=False, help_text="The newest one you have seen; without it, all of them.")


class ReadAnswer(serializers.Serializer):
    read = serializers.IntegerField(help_text="How many were unread.")


class NotificationList(ApiView):
    parameters = PARAMETERS

    @describe(
        "notifications_list",
        "Your notifications, the newest first",
        {200: paged(NotificationRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request) -> Response:
        mine = Notification.objects.filter(user=self.person, project__memberships__user=self.person)
        if self.grant is not None and self.grant.projects:
            mine = mine.filter(project__in=self.grant.projects)
        return page(request, mine.select_related("project", "actor", "returned"), _render, newest_first=True)


class NotificationsRead(ApiView):
    writes = Scope.ANNOTATE

    @describe("notifications_read", "Mark your notifications as read", {200: ReadAnswer}, request=ReadBody)
    def post(self, request: Request) -> Response:
        return Response({"read": mark_read(self.person, upto=self.read(ReadBody).get("upto"))})


def _render(rows: Sequence[Notification]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.pk,
            "project": row.project.slug,
            "item": row.item_id,
            "comment": row.comment_id,
            "assignment": row.returned.assignment_id if row.returned else None,
            "text": row.returned.comment if row.returned else "",
            "kind": row.kind,
            "actor": row.actor.get_username() if row.actor else None,
            "data": row.data,
            "created_at": row.created_at,
            "read_at": row.read_at,
        }
        for row in rows
    ]
