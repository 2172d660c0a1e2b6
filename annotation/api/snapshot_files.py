"""What else is made of a snapshot: its records in other formats, and how they differ from earlier ones'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import JobState, SnapshotFile
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.deriving import DIFFERENCE_TYPE, cancel_file, request_difference, request_file
from annotation.workflow.downloading import open_file
from annotation.workflow.formatting import media_types
from annotation.workflow.serving import serve

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Empty, JsonObject, Text, Whole
from .snapshots import download_of


class FileBody(Body):
    format = Text(max_length=40)
    settings = JsonObject(required=False, help_text="What the format leaves to choose, as {name: value}")


class DifferenceBody(Body):
    base = Whole(help_text="The id of an earlier snapshot.")


class FileRow(serializers.Serializer):
    id = serializers.IntegerField()
    snapshot = serializers.IntegerField()
    format = serializers.CharField(help_text="Empty for a difference.")
    settings = serializers.DictField(child=serializers.CharField())
    base = serializers.IntegerField(allow_null=True, help_text="Of a difference: the id of the earlier snapshot.")
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    removed = serializers.BooleanField(help_text="Taken from the disk; ask for it again, and it is made anew.")
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    rows = serializers.IntegerField()
    total = serializers.IntegerField()
    losses = serializers.DictField(
        child=serializers.IntegerField(), help_text="{what the file could not hold: how often}"
    )
    summary = serializers.DictField(
        child=serializers.JSONField(),
        help_text="Of a difference: counts, moves {question: [{before, after, items}]}, deciders, the first items.",
    )
    download = serializers.URLField(allow_null=True)
    error = serializers.CharField()
    eta = serializers.FloatField(allow_null=True, help_text="Seconds left; null until a rate is known.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class FileView(ProjectView):
    def render(self, files: Sequence[SnapshotFile]) -> list[dict[str, Any]]:
        return [self.row(made) for made in files]

    def row(self, made: SnapshotFile) -> dict[str, Any]:
        download = reverse("api:snapshot_file_download", args=[self.kwargs["slug"], made.pk])
        there = made.state == JobState.DONE and made.file
        return {
            "id": made.pk,
            "snapshot": made.snapshot_id,
            "format": made.format,
            "settings": made.settings,
            "base": made.base_id,
            "state": made.state,
            "removed": made.is_removed,
            "sha256": made.sha256,
            "size": made.size,
            "rows": made.rows,
            "total": made.total,
            "losses": made.losses,
            "summary": made.summary,
            "download": self.request.build_absolute_uri(download) if there else None,
            "error": made.error,
            "eta": job_progress(made).eta_seconds,
            "created_at": made.created_at,
            "finished_at": made.finished_at,
        }


class FileList(FileView):
    parameters = PARAMETERS

    @describe(
        "snapshot_files_list", "Every file that was made of a snapshot", {200: paged(FileRow)}, parameters=DOCUMENTED
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        snapshot = access.get_snapshot_for(self.manager(), pk)
        return page(request, SnapshotFile.objects.filter(snapshot=snapshot), self.render)

    @describe(
        "snapshot_files_request",
        "The snapshot in another format: the file that there is, or one that is made (again) from its records",
        {202: FileRow},
        request=FileBody,
        sends={"format": "csv", "settings": {"spreadsheet_safe": "no"}},
        errors=(409,),
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        snapshot = access.get_snapshot_for(self.manager(), pk)
        return Response(self.row(request_file(snapshot, **self.read(FileBody), user=self.person)), status=202)


class DifferenceList(FileView):
    @describe(
        "snapshot_differences_request",
        "Work out how a snapshot differs from an earlier one: items added, removed, labelled or decided otherwise",
        {202: FileRow},
        request=DifferenceBody,
        sends={"base": 12},
        errors=(409,),
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        snapshot = access.get_snapshot_for(membership, pk)
        base = access.get_snapshot_for(membership, self.read(DifferenceBody)["base"])
        return Response(self.row(request_difference(snapshot, base, user=self.person)), status=202)


class FileDetail(FileView):
    @describe("snapshot_files_get", "How a file is going, and what a difference comes to", {200: FileRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(self.row(access.get_snapshot_file_for(self.manager(), pk)))


class FileCancel(FileView):
    @describe(
        "snapshot_files_cancel", "Give up a file that is not finished", {200: FileRow}, request=Empty, errors=(409,)
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        made = access.get_snapshot_file_for(membership, pk)
        self.read(Empty)
        cancel_file(made)
        return Response(self.row(access.get_snapshot_file_for(membership, pk)))


class FileDownload(ProjectView):
    @download_of(
        "snapshot_files_download",
        "The file, with its SHA-256; 409 until it is done, or once it was removed",
        [*media_types(), DIFFERENCE_TYPE],
    )
    def get(self, request: Request, slug: str, pk: int) -> HttpResponseBase:
        return serve(open_file(access.get_snapshot_file_for(self.manager(), pk)), request._request)
