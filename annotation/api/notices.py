"""What the person who asks is told of a project, and what other programs were."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import PROJECT_EVENTS, Delivery, Digest, JobState, Membership, Scope
from annotation.workflow.notifying import kinds_for, set_notices

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, JsonObject, Text

TOLD = "Kind → whether you are told. Which kinds there are depends on your role."
DIGESTS = ", ".join(Digest.values)


class NoticesBody(Body):
    told = JsonObject(required=False, help_text=f"{TOLD} Those left out stay.")
    digest = Text(required=False, help_text=DIGESTS)


class NoticesShape(serializers.Serializer):
    told = serializers.DictField(child=serializers.BooleanField(), help_text=TOLD)
    digest = serializers.CharField(help_text=DIGESTS)


class DeliveryRow(serializers.Serializer):
    id = serializers.UUIDField(help_text="X-SynthWeb-Delivery: the same however often it was sent.")
    webhook = serializers.CharField(help_text="The target's name.")
    event = serializers.CharField(help_text=f"{', '.join(PROJECT_EVENTS)} or test.")
    state = serializers.CharField(help_text=", ".join(JobState.values))
    attempts = serializers.IntegerField()
    status = serializers.IntegerField(allow_null=True, help_text="Of the target's last reply.")
    error = serializers.CharField(help_text="Why the last attempt failed.")
    created_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="When the next attempt is due, while there is one.")
    finished_at = serializers.DateTimeField(allow_null=True)


class Notices(ProjectView):
    writes = Scope.ANNOTATE

    @describe("notices_get", "What you are told of the project", {200: NoticesShape})
    def get(self, request: Request, slug: str) -> Response:
        return Response(_notices(self.member()))

    @describe(
        "notices_change",
        "Change what you are told of the project",
        {200: NoticesShape},
        request=NoticesBody,
        sends={"told": {"commented": False}, "digest": "daily"},
    )
    def patch(self, request: Request, slug: str) -> Response:
        membership = self.member()
        body = self.read(NoticesBody)
        told = body.get("told", {})
        if wrong := [kind for kind, wanted in told.items() if not isinstance(wanted, bool)]:
            raise ValidationError({f"told.{kind[:80]}": ["This must be true or false."] for kind in wrong})
        return Response(_notices(set_notices(membership, told=told, digest=body.get("digest"))))


class DeliveryList(ProjectView):
    parameters = PARAMETERS

    @describe(
        "deliveries_list",
        "What webhooks were told of the project, the newest first",
        {200: paged(DeliveryRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request, slug: str) -> Response:
        mine = Delivery.objects.filter(project=self.manager().project).select_related("webhook").defer("body")
        return page(request, mine, _render, newest_first=True)


def _notices(membership: Membership) -> dict[str, Any]:
    told = {kind.value: kind not in membership.muted for kind in kinds_for(membership)}
    return {"told": told, "digest": membership.digest}


def _render(rows: Sequence[Delivery]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.key),
            "webhook": row.webhook.name,
            "event": row.event,
            "state": row.state,
            "attempts": row.attempts,
            "status": row.status,
            "error": row.error,
            "created_at": row.created_at,
            "due_at": row.due_at,
            "finished_at": row.finished_at,
        }
        for row in rows
    ]
