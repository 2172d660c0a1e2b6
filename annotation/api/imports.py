"""Imports: a file in, a job that tells how it goes, a report of what could not come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import StreamingHttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import ImportJob
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.downloading import rejected_rows_csv, rejected_rows_name
from annotation.workflow.uploading import cancel_import, import_upload, read_mapping

from .base import ProjectView
from .describing import describe
from .json import StrictJSONParser, loads
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Empty, Text


class ImportBody(Body):
    file = serializers.FileField(help_text="A file of any format that is read here, as it is or packed as .gz or .zip.")
    format = Text(
        required=False, allow_blank=True, max_length=40, help_text="csv, jsonl, parquet …; otherwise found out."
    )
    mapping = Text(
        required=False,
        allow_blank=True,
        max_length=100_000,
        help_text='JSON: {"fields": {field: column}, "external_id"?: column, "gold"?: {question: column}, '
        '"metadata"?: [column], "answers"?: {question: question of the file or column}, "annotator"?: name, '
        '"annotator_column"?: column, "split"?: column, "source"?: column}; otherwise guessed.',
    )


class ImportLossRow(serializers.Serializer):
    sentence = serializers.CharField()
    count = serializers.IntegerField(help_text="How often; 0 where it is said of the file as a whole.")
    examples = serializers.ListField(help_text="[[line, what it was], …]: the first ones.")


class ImportRow(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    filename = serializers.CharField()
    format = serializers.CharField()
    mapping = serializers.JSONField()
    percent = serializers.FloatField()
    read = serializers.IntegerField()
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()
    report = serializers.URLField(help_text="The rejected rows as CSV: line, reason, row.")
    answers = serializers.IntegerField(help_text="Annotations that came with the items.")
    lost = serializers.IntegerField(help_text="How often a row came in without something it had.")
    losses = ImportLossRow(many=True, help_text="What that was, the most frequent first.")
    error = serializers.CharField()
    rows_per_second = serializers.FloatField(allow_null=True)
    eta = serializers.FloatField(allow_null=True, help_text="Seconds left; null until a rate is known.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ImportView(ProjectView):
    def render(self, jobs: Sequence[ImportJob]) -> list[dict[str, Any]]:
        return [self._row(job) for job in jobs]

    def _row(self, job: ImportJob) -> dict[str, Any]:
        progress = job_progress(job)
        report = reverse("api:import_report", args=[self.kwargs["slug"], job.pk])
        return {
            "id": job.pk,
            "state": job.state,
            "filename": job.filename,
            "format": job.format,
            "mapping": job.mapping,
            "percent": progress.percent,
            "read": job.read,
            "created": job.created,
            "duplicates": job.duplicates,
            "rejected": job.rejected,
            "report": self.request.build_absolute_uri(report),
            "answers": job.answers,
            "lost": job.lost,
            "losses": [
                {"sentence": loss.sentence, "count": loss.count, "examples": loss.examples} for loss in job.losses.all()
            ],
            "error": job.error,
            "rows_per_second": progress.rate,
            "eta": progress.eta_seconds,
            "created_at": job.created_at,
            "finished_at": job.finished_at,
        }


class ImportList(ImportView):
    parameters = PARAMETERS
    parser_classes: ClassVar[tuple[type[BaseParser], ...]] = (MultiPartParser, StrictJSONParser)

    @describe("imports_list", "Imports, newest first", {200: paged(ImportRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        jobs = ImportJob.objects.filter(project=self.manager().project).prefetch_related("losses")
        return page(request, jobs, self.render, newest_first=True)

    @describe(
        "imports_start",
        "Upload a file and import it as a job",
        {202: ImportRow},
        request={"multipart/form-data": ImportBody},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read_form()
        mapping = read_mapping(_json(body["mapping"])) if body.get("mapping") else None
        upload = body["file"]
        job = import_upload(
            project, upload.file, upload.name, format=body.get("format", ""), mapping=mapping, user=self.person
        )
        return Response(self._row(job), status=202)

    def read_form(self) -> dict[str, Any]:
        """The multipart body, each part once."""
        data = self.request.data
        if not hasattr(data, "lists"):
            raise ValidationError({"file": ["Send the file as multipart/form-data."]})
        repeated = [name for name, values in data.lists() if len(values) > 1]
        if repeated:
            raise ValidationError({name[:80]: ["This may be given once."] for name in repeated[:20]})
        body = ImportBody(data=data.dict())
        body.is_valid(raise_exception=True)
        return body.validated_data


class ImportDetail(ImportView):
    @describe("imports_get", "How an import is going", {200: ImportRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(self._row(access.get_import_for(self.manager(), pk)))


class ImportCancel(ImportView):
    @describe("imports_cancel", "Stop after the batch in progress; what came in stays", {200: ImportRow}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        job = access.get_import_for(membership, pk)
        self.read(Empty)
        cancel_import(job)
        return Response(self._row(access.get_import_for(membership, pk)))


class ImportReport(ProjectView):
    @describe(
        "imports_report",
        "The rejected rows as CSV: line, reason, row",
        {(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str, pk: int) -> StreamingHttpResponse:
        job = access.get_import_for(self.manager(), pk)
        return StreamingHttpResponse(
            rejected_rows_csv(job),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{rejected_rows_name(job)}"'},
        )


def _json(text: str) -> Any:
    try:
        return loads(text)
    except ValueError as error:
        raise ValidationError({"mapping": [str(error)]}) from error
