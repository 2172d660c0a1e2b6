"""The API's addresses, under /api/v1/. Every one of them has a row in tests/api/test_access.py."""

from typing import Any

from django.urls import URLPattern, include, path, re_path

from . import (
    annotations,
    changes,
    claims,
    comments,
    connections,
    designs,
    imports,
    items,
    labelers,
    members,
    notifications,
    projects,
    reviews,
    runs,
    schema_changes,
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
    path("schema-changes/", schema_changes.SchemaChangeList.as_view(), name="schema_changes"),
    path("schema-changes/preview/", schema_changes.SchemaChangePreview.as_view(), name="schema_change_preview"),
    path("schema-changes/<int:pk>/", schema_changes.SchemaChangeDetail.as_view(), name="schema_change"),
    path("schema-changes/<int:pk>/undo/", schema_changes.SchemaChangeUndo.as_view(), name="schema_change_undo"),
    path("schema-changes/<int:pk>/retry/", schema_changes.SchemaChangeRetry.as_view(), name="schema_change_retry"),
    path("report/", projects.ProjectReport.as_view(), name="report"),
    path("members/", members.MemberList.as_view(), name="members"),
    path("members/<int:pk>/", members.MemberDetail.as_view(), name="member"),
    path("members/<int:pk>/qualification/", members.MemberQualification.as_view(), name="member_qualification"),
    path("invitations/", members.InvitationList.as_view(), name="invitations"),
    path("invitations/<int:pk>/", members.InvitationDetail.as_view(), name="invitation"),
    path("items/", items.ItemList.as_view(), name="items"),
    path("items/<int:pk>/", items.ItemDetail.as_view(), name="item"),
    path("items/<int:pk>/resolution/", reviews.ItemResolution.as_view(), name="resolution"),
    path("changes/", changes.ChangeList.as_view(), name="changes"),
    path("changes/<int:pk>/", changes.ChangeDetail.as_view(), name="change"),
    path("changes/<int:pk>/cancel/", changes.ChangeCancel.as_view(), name="change_cancel"),
    path("changes/<int:pk>/undo/", changes.ChangeUndo.as_view(), name="change_undo"),
    path("items/<int:pk>/comments/", comments.CommentList.as_view(), name="comments"),
    path("comments/<int:pk>/", comments.CommentDetail.as_view(), name="comment"),
    path("items/<int:pk>/flags/", comments.ItemFlagList.as_view(), name="item_flags"),
    path("flags/", comments.FlagList.as_view(), name="flags"),
    path("flags/<int:pk>/", comments.FlagDetail.as_view(), name="flag"),
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
    path("claims/<int:pk>/draft/", claims.ClaimDraft.as_view(), name="claim_draft"),
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
    path("project-templates/", designs.TemplateList.as_view(), name="project_templates"),
    path("projects/label-studio-config/", designs.LabelStudioConfig.as_view(), name="label_studio_config"),
    path("projects/<slug:slug>/", include(_project)),
    path("notifications/", notifications.NotificationList.as_view(), name="notifications"),
    path("notifications/read/", notifications.NotificationsRead.as_view(), name="notifications_read"),
    re_path("", NotHere.as_view()),
]
