"""Annotations: answer a claimed item, look at answers, take one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Annotation, Annotator, Assignment, Scope
from annotation.reports import suggestions_for
from annotation.reports.gold import missed
from annotation.workflow import access
from annotation.workflow.annotating import submit, undo
from annotation.workflow.checking import known_reason, reveals
from annotation.workflow.queueing import claim, find_open

from .base import ProjectView
from .claims import ClaimShape, render_claim
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Flag, JsonObject, Number, Whole

WEEK = 7 * 24 * 3600.0


class AnnotationBody(Body):
    assignment = Whole()
    answers = JsonObject(help_text="{question: value}")
    seconds = Number(required=False, allow_null=True, min_value=0, max_value=WEEK, help_text="Time it took.")
    claim_next = Flag(required=False, help_text="Answer with your next item, too.")


class AnnotationRow(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField()
    assignment = serializers.IntegerField(allow_null=True)
    annotator = serializers.CharField()
    kind = serializers.CharField(help_text="human or model")
    answers = serializers.DictField(child=serializers.JSONField())
    seconds = serializers.FloatField(allow_null=True)
    suggestion_seen = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class CheckShape(serializers.Serializer):
    wrong = serializers.DictField(child=serializers.JSONField(), help_text="The known answers that yours differ from.")
    reason = serializers.CharField(help_text="Why they are right, where that is known.")


class SubmittedAnnotation(AnnotationRow):
    check = CheckShape(required=False, help_text="After an item with a known answer, where the project says it.")
    next = ClaimShape(required=False, allow_null=True, help_text="With `claim_next`: your next item, if any is left.")


class AnnotationList(ProjectView):
    parameters = ("mine", *PARAMETERS)
    writes = Scope.ANNOTATE
    finds_repeats = True

    @describe(
        "annotations_list",
        "Current answers; annotators get their own",
        {200: paged(AnnotationRow)},
        parameters=[
            OpenApiParameter("mine", description="Only your own; `true`, or nothing at all."),
            *DOCUMENTED,
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        membership = self.member()
        rows = Annotation.objects.current().filter(project=membership.project).select_related("annotator")
        if _wants_mine(request) or not membership.may_review:
            rows = rows.filter(annotator=access.get_annotator_for(membership))
        return page(request, rows, _render, newest_first=True)

    @describe(
        "annotations_submit",
        "Answer a claimed item; sent again with the same Idempotency-Key it changes nothing",
        {201: SubmittedAnnotation, 200: SubmittedAnnotation},
        request=AnnotationBody,
        sends={"assignment": 31, "answers": {"intent": "delivery"}, "seconds": 3.2},
    )
    def post(self, request: Request, slug: str) -> Response:
        annotator = self.annotator()
        key = self.idempotency_key()
        body = self.read(AnnotationBody)
        lease = access.get_assignment_for(annotator, body["assignment"])
        annotation, new = submit(
            assignment=lease,
            answers=body["answers"],
            seconds=body.get("seconds"),
            idempotency_key=key,
            suggestion_seen=bool(suggestions_for(lease)),
        )
        answer = _render([annotation])[0]
        if reveals(annotator.project, lease.item):
            answer["check"] = {
                "wrong": missed(annotator.project, lease.item, annotation.answers),
                "reason": known_reason(lease.item),
            }
        if body.get("claim_next"):
            following = _next(annotator, new)
            answer["next"] = None if following is None else render_claim(following)
        return Response(answer, status=201 if new else 200)


class AnnotationDetail(ProjectView):
    writes = Scope.ANNOTATE

    @describe("annotations_undo", "Take an answer of yours back; its item is leased to you again", {200: ClaimShape})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        return Response(render_claim(undo(access.get_annotation_for(self.annotator(), pk))))


def _next(annotator: Annotator, new: bool) -> Assignment | None:
    # A repeated request had its next item leased the first time: give that again rather than one more.
    waiting = None if new else find_open(annotator)
    annotator.refresh_from_db(fields=["queue_rank", "queue_item"])
    return waiting or claim(annotator)


def _wants_mine(request: Request) -> bool:
    raw = request.query_params.get("mine", "false")
    if raw not in ("", "1", "true", "0", "false"):
        raise ValidationError({"mine": ["This must be true or false."]})
    return raw in ("", "1", "true")


def _render(annotations: Sequence[Annotation]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.pk,
            "item": each.item_id,
            "assignment": each.assignment_id,
            "annotator": each.annotator.name,
            "kind": each.annotator.kind,
            "answers": each.answers,
            "seconds": each.seconds,
            "suggestion_seen": each.suggestion_seen,
            "created_at": each.created_at,
        }
        for each in annotations
    ]
