"""Changes of a project's questions while it is under way: previewed, made as a job, undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import SchemaChange, Scope
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.gauging import preview_change
from annotation.workflow.reshaping import change_questions, retry_change, undo_change

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Empty, JsonObject, Whole

MERGE = {
    "kind": "merge_options",
    "question": "intent",
    "options": ["refund", "delivery"],
    "into": {"value": "order", "title": "About an order"},
}
KINDS = (
    "change_question {question, title?, description?, required?, when?, the type's settings}; edit_options {question, "
    "options: [{was?, value, title?, description?, color?, hotkey?, retired?}] in their new order}; merge_options "
    "{question, options, into}; split_option {question, option, into: [option, …]}; add_question {definition, "
    "position?}; remove_question {question}."
)


class SchemaChangeBody(Body):
    change = JsonObject(help_text=f"One of: {KINDS}")
    schema_version = Whole(required=False, help_text="The version you looked at; 409 where it is another one now.")


class SchemaPreviewBody(Body):
    change = JsonObject(help_text=f"One of: {KINDS}")


class SchemaEffectRow(serializers.Serializer):
    summary = serializers.CharField()
    people = serializers.IntegerField(help_text="Current answers of people that change.")
    models = serializers.IntegerField(help_text="Current votes of models that change.")
    decisions = serializers.IntegerField()
    checks = serializers.IntegerField(help_text="Hidden check answers.")
    items = serializers.IntegerField()
    returned_answers = serializers.IntegerField(help_text="Answers of people that have to be given anew.")
    returned_items = serializers.IntegerField()
    questions = serializers.ListField(child=serializers.JSONField(), help_text="As they would be.")


class SchemaChangeRow(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    schema_version = serializers.IntegerField(help_text="The version it made; it is asked from the start.")
    summary = serializers.CharField()
    change = serializers.JSONField()
    undoes = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField(help_text="Items to look at.")
    done = serializers.IntegerField()
    percent = serializers.FloatField()
    eta = serializers.FloatField(allow_null=True)
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


def _row(change: SchemaChange) -> dict[str, Any]:
    progress = job_progress(change)
    return {
        "id": change.pk,
        "state": change.state,
        "schema_version": change.version,
        "summary": change.summary,
        "change": change.change,
        "undoes": change.undoes_id,
        "total": change.total,
        "done": change.done,
        "percent": progress.percent,
        "eta": progress.eta_seconds,
        "error": change.error,
        "created_at": change.created_at,
        "finished_at": change.finished_at,
    }


def _rows(changes: Sequence[SchemaChange]) -> list[dict[str, Any]]:
    return [_row(change) for change in changes]


class SchemaChangeList(ProjectView):
    parameters = PARAMETERS

    @describe("schema_changes_list", "Changes of the questions", {200: paged(SchemaChangeRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        return page(request, SchemaChange.objects.filter(project=self.manager().project), _rows, newest_first=True)

    @describe(
        "schema_changes_make",
        "Change the questions; the stored answers follow as a job",
        {202: SchemaChangeRow},
        request=SchemaChangeBody,
        sends={"change": MERGE, "schema_version": 1},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(SchemaChangeBody)
        made = change_questions(project, body["change"], user=self.person, version=body.get("schema_version"))
        return Response(_row(made), status=202)


class SchemaChangePreview(ProjectView):
    writes = Scope.READ

    @describe(
        "schema_changes_preview",
        "What a change would do, exactly, as things stand",
        {200: SchemaEffectRow},
        request=SchemaPreviewBody,
        sends={"change": MERGE},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        changed, effect = preview_change(project, self.read(SchemaPreviewBody)["change"])
        return Response({**asdict(effect), "questions": changed.questions})


class SchemaChangeDetail(ProjectView):
    @describe("schema_changes_get", "How a change is going", {200: SchemaChangeRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(_row(access.get_schema_change_for(self.manager(), pk)))


class SchemaChangeUndo(ProjectView):
    @describe(
        "schema_changes_undo",
        "Take the newest change back, finished or not; every answer says again what it said",
        {202: SchemaChangeRow},
        request=Empty,
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        change = access.get_schema_change_for(self.manager(), pk)
        self.read(Empty)
        return Response(_row(undo_change(change, user=self.person)), status=202)


class SchemaChangeRetry(ProjectView):
    @describe("schema_changes_retry", "Go on with a change that failed", {200: SchemaChangeRow}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        change = access.get_schema_change_for(membership, pk)
        self.read(Empty)
        retry_change(change)
        return Response(_row(access.get_schema_change_for(membership, pk)))
