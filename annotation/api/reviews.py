"""Reviews: what needs a reviewer, with every vote, and the decision."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Item, Resolution
from annotation.reports.reviews import review_rows
from annotation.workflow import access
from annotation.workflow.reviewing import COMMENT_LENGTH, resolve

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, JsonObject, Text, Whole


class ResolutionBody(Body):
    answers = JsonObject(help_text="{question: value}")
    comment = Text(required=False, allow_blank=True, max_length=COMMENT_LENGTH)
    version = Whole(help_text="The item's version that you looked at.")


class ResolutionRow(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField()
    answers = serializers.DictField(child=serializers.JSONField())
    comment = serializers.CharField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


class VoteShape(serializers.Serializer):
    annotator = serializers.CharField()
    kind = serializers.CharField(help_text="human or model")
    answers = serializers.DictField(child=serializers.JSONField())
    distribution = serializers.DictField(child=serializers.JSONField())
    confidence = serializers.FloatField(allow_null=True)
    rationale = serializers.CharField()
    at = serializers.DateTimeField()
    advice = serializers.BooleanField(help_text="A judge's, who read the others; it does not count as a vote.")


class ReviewItem(serializers.Serializer):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())
    metadata = serializers.DictField(child=serializers.JSONField())
    stage = serializers.CharField()


class ReviewRow(serializers.Serializer):
    item = ReviewItem()
    version = serializers.IntegerField()
    votes = VoteShape(many=True)
    reason = serializers.CharField(help_text="Why a reviewer is asked.")


class ReviewList(ProjectView):
    parameters = PARAMETERS

    @describe("reviews_list", "Items that need a reviewer", {200: paged(ReviewRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        waiting = Item.objects.in_review().filter(project=self.reviewer().project)
        return page(request, waiting, review_rows)


class ItemResolution(ProjectView):
    @describe(
        "items_resolve",
        "Decide on an item; 409 with what changed when somebody answered or decided since",
        {201: ResolutionRow},
        request=ResolutionBody,
        sends={"answers": {"intent": "refund"}, "comment": "Asks for money back.", "version": 2},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        item = access.get_item_for(self.reviewer(), pk)
        body = self.read(ResolutionBody)
        resolution = resolve(
            item=item,
            reviewer=self.person,
            answers=body["answers"],
            version=body["version"],
            comment=body.get("comment", ""),
        )
        return Response(_render(resolution), status=201)


def _render(resolution: Resolution) -> dict[str, Any]:
    return {
        "id": resolution.pk,
        "item": resolution.item_id,
        "answers": resolution.answers,
        "comment": resolution.comment,
        "version": resolution.version,
        "created_at": resolution.created_at,
    }
