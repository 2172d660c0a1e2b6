"""Snapshots: ask for a frozen export, watch it being written, read what it is, download it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import JobState, Snapshot, SnapshotLedger
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.downloading import Download, open_card, open_manifest, open_records, open_snapshot
from annotation.workflow.exporting import cancel_snapshot, request_snapshot
from annotation.workflow.formatting import media_types
from annotation.workflow.planning import formats_for
from annotation.workflow.retaining import delete_snapshot, keep_files
from annotation.workflow.serving import serve

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, listed, page, paged
from .shapes import Body, Empty, JsonObject, Text, Whole

RANGE = OpenApiParameter(
    "Range",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="“bytes=1000-” goes on with a download that broke off; If-Range takes the ETag of what you have.",
)
OUTSIDE = OpenApiResponse(description="The file has no such bytes.")
# Of a list, what would make it heavy; a single snapshot has them.
HEAVY = ("guidelines", "questions", "annotators", "labels")


class SnapshotBody(Body):
    format = Text(max_length=40, help_text="jsonl (lossless), csv, or another of GET …/snapshot-formats/")
    filters = JsonObject(
        required=False, help_text="Those of the item list as {name: value}; stage may be a list of stages"
    )
    splits = JsonObject(required=False, help_text="{name: share}, shares summing to 1; families stay together")
    options = JsonObject(
        required=False,
        help_text="fields, questions, metadata (lists of names), decided_by (a list), posterior_from, agreement_from, "
        "ambiguous, annotations, pseudonyms, gold, stratify (a question), seed, keep_splits, licence, unreviewed "
        "(generated items that nobody has reviewed leave, too)",
    )
    settings = JsonObject(required=False, help_text="What the format leaves to choose, as {name: value}")


class KeepingShape(serializers.Serializer):
    days = serializers.IntegerField(allow_null=True, help_text="Files younger than this stay.")
    last = serializers.IntegerField(allow_null=True, help_text="Files of so many of the last snapshots stay.")


class KeepingBody(Body):
    days = Whole(allow_null=True, min_value=1)
    last = Whole(allow_null=True, min_value=1)


class SnapshotRow(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    format = serializers.CharField()
    filters = serializers.DictField(child=serializers.JSONField())
    splits = serializers.DictField(child=serializers.FloatField())
    options = serializers.DictField(child=serializers.JSONField())
    settings = serializers.DictField(child=serializers.CharField())
    sha256 = serializers.CharField(help_text="Of the file.")
    size = serializers.IntegerField(help_text="Bytes.")
    records_sha256 = serializers.CharField(help_text="Of the frozen records, which every file is made of.")
    rows = serializers.IntegerField()
    total = serializers.IntegerField()
    manifest = serializers.DictField(child=serializers.JSONField(), help_text=f"In lists without {', '.join(HEAVY)}.")
    download = serializers.URLField(allow_null=True, help_text="Null until the snapshot is done.")
    error = serializers.CharField()
    rows_per_second = serializers.FloatField(allow_null=True)
    eta = serializers.FloatField(allow_null=True, help_text="Seconds left; null until a rate is known.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class SnapshotView(ProjectView):
    def render(self, snapshots: Sequence[Snapshot]) -> list[dict[str, Any]]:
        rows = [self.row(snapshot) for snapshot in snapshots]
        for row in rows:
            row["manifest"] = {name: value for name, value in row["manifest"].items() if name not in HEAVY}
        return rows

    def row(self, snapshot: Snapshot) -> dict[str, Any]:
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
            "options": snapshot.options,
            "settings": snapshot.settings,
            "sha256": snapshot.sha256,
            "size": snapshot.size,
            "records_sha256": snapshot.records_sha256,
            "rows": snapshot.rows,
            "total": snapshot.total,
            "manifest": snapshot.manifest if done else {},
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
        sends=(
            {"format": "jsonl", "filters": {"stage": "settled"}},
            {
                "format": "csv",
                "filters": {"stage": ["settled"], "label": "intent:refund"},
                "splits": {"train": 0.8, "test": 0.2},
                "options": {"stratify": "intent", "pseudonyms": True, "licence": "CC-BY-4.0"},
                "settings": {"spreadsheet_safe": "no"},
            },
        ),
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(SnapshotBody)
        return Response(self.row(request_snapshot(project, **body, user=self.person)), status=202)


class SnapshotDetail(SnapshotView):
    @describe("snapshots_get", "How a snapshot is going, and its manifest", {200: SnapshotRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(self.row(access.get_snapshot_for(self.manager(), pk)))

    @describe("snapshots_delete", "Delete a snapshot with its records and files, for good", {204: None}, errors=(409,))
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        delete_snapshot(access.get_snapshot_for(self.manager(), pk), user=self.person)
        return Response(status=204)


class SnapshotCancel(SnapshotView):
    @describe(
        "snapshots_cancel", "Give up a snapshot that is not finished", {200: SnapshotRow}, request=Empty, errors=(409,)
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        snapshot = access.get_snapshot_for(membership, pk)
        self.read(Empty)
        cancel_snapshot(snapshot)
        return Response(self.row(access.get_snapshot_for(membership, pk)))


def download_of(operation: str, summary: str, types: Sequence[str]) -> Callable[[Any], Any]:
    """How the download of a file of one of these media types is described."""
    answers: dict[int | tuple[int, str], Any] = {416: OUTSIDE}
    answers |= {(status, each): OpenApiTypes.BINARY for status in (200, 206) for each in types}
    return describe(operation, summary, answers, parameters=[RANGE], errors=(409,))


class SnapshotDownloadView(ProjectView):
    def serve(self, pk: int, opened: Callable[[Snapshot], Download]) -> HttpResponseBase:
        return serve(opened(access.get_snapshot_for(self.manager(), pk)), self.request._request)


class SnapshotDownload(SnapshotDownloadView):
    @download_of(
        "snapshots_download", "The file, with its SHA-256; 409 until it is done, or once it was removed", media_types()
    )
    def get(self, request: Request, slug: str, pk: int) -> HttpResponseBase:
        return self.serve(pk, open_snapshot)


class SnapshotManifest(SnapshotDownloadView):
    @download_of("snapshots_manifest", "What a snapshot is, as a JSON file", ["application/json"])
    def get(self, request: Request, slug: str, pk: int) -> HttpResponseBase:
        return self.serve(pk, open_manifest)


class SnapshotCard(SnapshotDownloadView):
    @download_of("snapshots_card", "The dataset card: Markdown with the Hub's front matter", ["text/markdown"])
    def get(self, request: Request, slug: str, pk: int) -> HttpResponseBase:
        return self.serve(pk, open_card)


class SnapshotRecords(SnapshotDownloadView):
    @download_of("snapshots_records", "The frozen records: JSON Lines, gzipped", ["application/gzip"])
    def get(self, request: Request, slug: str, pk: int) -> HttpResponseBase:
        return self.serve(pk, open_records)


class SettingShape(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField(), help_text="The first is the default.")


class FormatShape(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    extension = serializers.CharField()
    media_type = serializers.CharField()
    settings = SettingShape(many=True)
    leaves_out = serializers.ListField(
        child=serializers.CharField(), help_text="What no file of the format can hold of this project."
    )


class FormatList(ProjectView):
    @describe(
        "snapshot_formats", "What a snapshot can be written as, and what that leaves out", {200: paged(FormatShape)}
    )
    def get(self, request: Request, slug: str) -> Response:
        return listed(request, formats_for(self.manager().project))


class SnapshotKeeping(ProjectView):
    @describe(
        "snapshots_keeping", "How long the files of snapshots stay on the server; null: for good", {200: KeepingShape}
    )
    def get(self, request: Request, slug: str) -> Response:
        ledger = SnapshotLedger.objects.filter(project=self.manager().project).first()
        return Response(
            {"days": ledger.keep_days, "last": ledger.keep_last} if ledger else {"days": None, "last": None}
        )

    @describe(
        "snapshots_keep",
        "Change it: a file stays while one of both holds, and can be made again from the records when it went",
        {200: KeepingShape},
        request=KeepingBody,
        sends={"days": 30, "last": 5},
    )
    def put(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        ledger = keep_files(project, **self.read(KeepingBody), user=self.person)
        return Response({"days": ledger.keep_days, "last": ledger.keep_last})
