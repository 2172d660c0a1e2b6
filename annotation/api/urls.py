"""The API's addresses, under /api/v1/. Every one of them has a row in tests/api/test_access.py."""

from typing import Any

from django.urls import URLPattern, include, path, re_path

from . import (
    annotations,
    claims,
    connections,
    imports,
    items,
    labelers,
    members,
    projects,
    reviews,
    runs,
    snapshots,
    worth,
)
from .base import NotHere

app_name = "api"


def _run(**options: Any) -> list[URLPattern]:
    return [
        path("", runs.RunDetail.as_view(**options), name="run"),
        path("cancel/", runs.RunCancel.as_view(**options), name="run_cancel"),
        path("resume/", runs.RunResume.as_view(**options), name="run_resume"),
        path("failures/", runs.RunFailures.as_view(**options), name="run_failures"),
        path("answers/", worth.RunAnswers.as_view(**options), name="run_answers"),
    ]


_project = [
    path("", projects.ProjectDetail.as_view(), name="project"),
    path("report/", projects.ProjectReport.as_view(), name="report"),
    path("members/", members.MemberList.as_view(), name="members"),
    path("members/<int:pk>/", members.MemberDetail.as_view(), name="member"),
    path("items/", items.ItemList.as_view(), name="items"),
    path("items/<int:pk>/", items.ItemDetail.as_view(), name="item"),
    path("items/<int:pk>/resolution/", reviews.ItemResolution.as_view(), name="resolution"),
    path("reviews/", reviews.ReviewList.as_view(), name="reviews"),
    path("imports/", imports.ImportList.as_view(), name="imports"),
    path("imports/<int:pk>/", imports.ImportDetail.as_view(), name="import"),
    path("imports/<int:pk>/cancel/", imports.ImportCancel.as_view(), name="import_cancel"),
    path("imports/<int:pk>/rejected.csv", imports.ImportReport.as_view(), name="import_report"),
    path("connections/", connections.ConnectionList.as_view(), name="connections"),
    path("labelers/", labelers.LabelerList.as_view(), name="labelers"),
    path("labelers/report/", worth.LabelerReport.as_view(), name="labeler_report"),
    path("labelers/<int:pk>/", labelers.LabelerDetail.as_view(), name="labeler"),
    path("labelers/<int:pk>/tries/", worth.LabelerTry.as_view(), name="labeler_try"),
    path("labelers/<int:pk>/activation/", worth.LabelerActivation.as_view(), name="labeler_activation"),
    path("labelers/<int:pk>/estimate/", labelers.LabelerEstimate.as_view(), name="labeler_estimate"),
    path("labelers/<int:labeler>/runs/", runs.LabelerRunList.as_view(), name="labeler_runs"),
    path("runs/", runs.RunList.as_view(), name="runs"),
    path("runs/<int:pk>/", include(_run())),
    # The same runs again, for whoever follows the address they were started at; described once.
    path("labelers/<int:labeler>/runs/<int:pk>/", include((_run(schema=None), "labeler"))),
    path("claims/", claims.ClaimList.as_view(), name="claims"),
    path("claims/<int:pk>/", claims.ClaimDetail.as_view(), name="claim"),
    path("claims/<int:pk>/renewal/", claims.ClaimRenewal.as_view(), name="claim_renewal"),
    path("annotations/", annotations.AnnotationList.as_view(), name="annotations"),
    path("annotations/<int:pk>/", annotations.AnnotationDetail.as_view(), name="annotation"),
    path("snapshots/", snapshots.SnapshotList.as_view(), name="snapshots"),
    path("snapshots/<int:pk>/", snapshots.SnapshotDetail.as_view(), name="snapshot"),
    path("snapshots/<int:pk>/cancel/", snapshots.SnapshotCancel.as_view(), name="snapshot_cancel"),
    path("snapshots/<int:pk>/download/", snapshots.SnapshotDownload.as_view(), name="snapshot_download"),
]

urlpatterns = [
    path("projects/", projects.ProjectList.as_view(), name="projects"),
    path("projects/<slug:slug>/", include(_project)),
    re_path("", NotHere.as_view()),
]
