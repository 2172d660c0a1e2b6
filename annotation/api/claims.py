"""Claims: the items leased to the person who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Assignment, AssignmentState, Scope
from annotation.reports import suggestions_for
from annotation.workflow import access
from annotation.workflow.drafting import save_draft
from annotation.workflow.queueing import claim, release, renew, reopen, skip

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Empty, JsonObject, Text

EXAMPLE = {
    "assignment": 31,
    "expires_at": "2026-11-21T10:15:00Z",
    "item": {"id": 12, "external_id": "message-17", "fields": {"text": "Where is my parcel?"}},
    "suggestions": [
        {
            "annotator": "Bundled model v1",
            "answers": {"intent": "delivery"},
            "distribution": {"intent": {"delivery": 0.83, "refund": 0.17}},
            "confidence": 0.83,
            "rationale": "",
        }
    ],
    "draft": {},
    "shown": {},
}


class SkipBody(Body):
    reason = Text(required=False, allow_blank=True, max_length=500)


class DraftBody(Body):
    answers = JsonObject(help_text="{question: value}; nothing is checked before you answer.")


class ClaimedItem(serializers.Serializer):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    fields = serializers.DictField(child=serializers.JSONField(), help_text="Text; lists and tables as JSON.")


class Suggestion(serializers.Serializer):
    annotator = serializers.CharField()
    answers = serializers.DictField(child=serializers.JSONField())
    distribution = serializers.DictField(child=serializers.JSONField())
    confidence = serializers.FloatField(allow_null=True)
    rationale = serializers.CharField()


class ClaimShape(serializers.Serializer):
    assignment = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    item = ClaimedItem()
    suggestions = Suggestion(many=True, help_text="Empty where the project, or the item, is asked blind.")
    draft = serializers.DictField(child=serializers.JSONField(), help_text="Your own unfinished answers.")
    shown = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Rankings: in which order to show you the options, so that no place is favoured. It is kept.",
    )


class SkippedRow(serializers.Serializer):
    assignment = serializers.IntegerField()
    item = ClaimedItem()
    reason = serializers.CharField()
    skipped_at = serializers.DateTimeField(allow_null=True)


class ReleasedShape(serializers.Serializer):
    released = serializers.BooleanField(help_text="False for what was begun, or assigned to you by name.")


class ClaimList(ProjectView):
    parameters = PARAMETERS
    writes = Scope.ANNOTATE

    @describe("claims_list", "Your open leases", {200: paged(ClaimShape)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        mine = Assignment.objects.open().filter(annotator=self.annotator()).select_related("item", "project")
        return page(request, mine, lambda leases: [render_claim(lease) for lease in leases])

    @describe(
        "claims_take",
        "Lease the item where your vote is worth most; 204 when nothing is left for you",
        {200: ClaimShape, 204: None},
        request=Empty,
        answers=EXAMPLE,
    )
    def post(self, request: Request, slug: str) -> Response:
        annotator = self.annotator()
        self.read(Empty)
        lease = claim(annotator)
        return Response(status=204) if lease is None else Response(render_claim(lease))


class ClaimDetail(ProjectView):
    writes = Scope.ANNOTATE

    @describe("claims_skip", "Give an item back, for good as far as you are concerned", {204: None}, request=SkipBody)
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        lease = access.get_assignment_for(self.annotator(), pk)
        skip(lease, reason=self.read(SkipBody).get("reason", ""))
        return Response(status=204)


class ClaimDraft(ProjectView):
    writes = Scope.ANNOTATE

    @describe(
        "claims_draft",
        "Keep unfinished answers, as they are, for whichever device goes on with them",
        {200: ClaimShape},
        request=DraftBody,
    )
    def put(self, request: Request, slug: str, pk: int) -> Response:
        lease = access.get_assignment_for(self.annotator(), pk)
        save_draft(lease, self.read(DraftBody)["answers"])
        return Response(render_claim(lease))


class ClaimRelease(ProjectView):
    writes = Scope.ANNOTATE

    @describe(
        "claims_release",
        "Give back an item that you have not begun; it may come to you again",
        {200: ReleasedShape},
        request=Empty,
        answers={"released": True},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        lease = access.get_assignment_for(self.annotator(), pk)
        self.read(Empty)
        return Response({"released": release(lease)})


class ClaimReopening(ProjectView):
    writes = Scope.ANNOTATE

    @describe("claims_reopen", "Take up again what you skipped", {200: ClaimShape}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        lease = access.get_assignment_for(self.annotator(), pk)
        self.read(Empty)
        return Response(render_claim(reopen(lease)))


class SkipList(ProjectView):
    parameters = PARAMETERS

    @describe("skips_list", "What you skipped, the newest first", {200: paged(SkippedRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        mine = Assignment.objects.filter(annotator=self.annotator(), state=AssignmentState.SKIPPED)
        return page(request, mine.select_related("item"), _skipped, newest_first=True)


def _skipped(leases: Sequence[Assignment]) -> list[dict[str, Any]]:
    return [
        {"assignment": each.pk, "item": _item(each), "reason": each.reason, "skipped_at": each.closed_at}
        for each in leases
    ]


class ClaimRenewal(ProjectView):
    writes = Scope.ANNOTATE

    @describe("claims_renew", "Keep an item longer", {200: ClaimShape}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        lease = access.get_assignment_for(self.annotator(), pk)
        self.read(Empty)
        return Response(render_claim(renew(lease)))


def render_claim(lease: Assignment) -> dict[str, Any]:
    """Neither gold nor metadata, which may hold somebody's label, nor anybody's answer but suggested ones."""
    return {
        "assignment": lease.pk,
        "expires_at": lease.expires_at,
        "item": _item(lease),
        "suggestions": suggestions_for(lease),
        "draft": lease.draft,
        "shown": lease.shown_orders,
    }


def _item(lease: Assignment) -> dict[str, Any]:
    item = lease.item
    return {"id": item.pk, "external_id": item.external_id, "fields": item.fields}
