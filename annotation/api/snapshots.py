"""Snapshots: ask for a frozen export, watch it being written, download it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import JobState, Snapshot
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.downloading import open_snapshot
from annotation.workflow.exporting import cancel_snapshot, request_snapshot

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Empty, JsonObject, Text


class SnapshotBody(Body):
    format = Text(max_length=20, help_text="jsonl (lossless) or csv")
    filters = JsonObject(required=False, help_text="{stage: a stage, or a list of them}")
    splits = JsonObject(required=False, help_text="{name: share}, shares summing to 1")


class SnapshotRow(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    format = serializers.CharField()
    filters = serializers.DictField(child=serializers.JSONField())
    splits = serializers.DictField(child=serializers.FloatField())
    sha256 = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    rows = serializers.IntegerField()
    total = serializers.IntegerField()
    manifest = serializers.DictField(child=serializers.JSONField())
    download = serializers.URLField(allow_null=True, help_text="Null until the snapshot is done.")
    error = serializers.CharField()
    rows_per_second = serializers.FloatField(allow_null=True)
    eta = serializers.FloatField(allow_null=True, help_text="Seconds left; null until a rate is known.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class SnapshotView(ProjectView):
    def render(self, snapshots: Sequence[Snapshot]) -> list[dict[str, Any]]:
        return [self._row(snapshot) for snapshot in snapshots]

    def _row(self, snapshot: Snapshot) -> dict[str, Any]:
        progress = job_progress(snapshot)
        download = reverse("api:snapshot_download", args=[self.kwargs["slug"], snapshot.pk])
        done = snapshot.state == JobState.DONE
        return {
            "id": snapshot.pk,
            "number": snapshot.number,
            "state": snapshot.state,
            "format": snapshot.format,
            "filters": snapshot.filters,
            "splits": snapshot.splits,
            "sha256": snapshot.sha256,
            "size": snapshot.size,
            "rows": snapshot.rows,
            "total": snapshot.total,
            "manifest": snapshot.manifest,
            "download": self.request.build_absolute_uri(download) if done else None,
            "error": snapshot.error,
            "rows_per_second": progress.rate,
            "eta": progress.eta_seconds,
            "created_at": snapshot.created_at,
            "finished_at": snapshot.finished_at,
        }


class SnapshotList(SnapshotView):
    parameters = PARAMETERS

    @describe("snapshots_list", "Snapshots, newest first", {200: paged(SnapshotRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        snapshots = Snapshot.objects.filter(project=self.manager().project)
        return page(request, snapshots, self.render, newest_first=True)

    @describe(
        "snapshots_request",
        "Freeze the dataset as it is now",
        {202: SnapshotRow},
        request=SnapshotBody,
        sends={"format": "jsonl", "filters": {"stage": "settled"}},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(SnapshotBody)
        return Response(self._row(request_snapshot(project, **body, user=self.person)), status=202)


class SnapshotDetail(SnapshotView):
    @describe("snapshots_get", "How a snapshot is going, and its manifest", {200: SnapshotRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(self._row(access.get_snapshot_for(self.manager(), pk)))


class SnapshotCancel(SnapshotView):
    @describe("snapshots_cancel", "Give up a snapshot that is not finished", {200: SnapshotRow}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        snapshot = access.get_snapshot_for(membership, pk)
        self.read(Empty)
        cancel_snapshot(snapshot)
        return Response(self._row(access.get_snapshot_for(membership, pk)))


class SnapshotDownload(ProjectView):
    @describe(
        "snapshots_download",
        "The file, with its SHA-256; 409 until it is done",
        {(200, media_type): OpenApiTypes.BINARY for media_type in ("application/x-ndjson", "text/csv")},
    )
    def get(self, request: Request, slug: str, pk: int) -> FileResponse:
        download = open_snapshot(access.get_snapshot_for(self.manager(), pk))
        return FileResponse(
            download.file,
            as_attachment=True,
            filename=download.name,
            content_type=download.media_type,
            headers=download.headers,
        )
