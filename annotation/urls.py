"""The pages' addresses."""

from __future__ import annotations

from django.urls import URLPattern, path

from annotation.views import (
    account,
    annotate,
    connections,
    home,
    imports,
    items,
    labelers,
    overview,
    people,
    project_settings,
    review,
    runs,
    snapshots,
    trying,
)

PROJECT = "projects/<slug:slug>/"

site: list[URLPattern] = [
    path("", home.home, name="home"),
    path("new/", home.project_new, name="project_new"),
    path("connections/", connections.connections, name="connections"),
    path("tokens/", account.tokens, name="tokens"),
    path("tokens/revoke/", account.token_revoke, name="token_revoke"),
    path("sign-in/<str:uid>/<str:token>/", account.sign_in_link, name="sign_in_link"),
]

work: list[URLPattern] = [
    path(PROJECT, overview.overview, name="project_overview"),
    path(PROJECT + "annotate/", annotate.annotate, name="annotate"),
    path(PROJECT + "annotate/undo/", annotate.annotate_undo, name="annotate_undo"),
    path(PROJECT + "annotate/<int:assignment>/submit/", annotate.annotate_submit, name="annotate_submit"),
    path(PROJECT + "annotate/<int:assignment>/skip/", annotate.annotate_skip, name="annotate_skip"),
    path(PROJECT + "annotate/<int:assignment>/renew/", annotate.annotate_renew, name="annotate_renew"),
    path(PROJECT + "review/", review.review_list, name="review_list"),
    path(PROJECT + "review/<int:item>/", review.review_item, name="review_item"),
    path(PROJECT + "review/<int:item>/resolve/", review.review_resolve, name="review_resolve"),
]

steering: list[URLPattern] = [
    path(PROJECT + "people/", people.people, name="people"),
    path(PROJECT + "people/accounts/", people.person_new, name="person_new"),
    path(PROJECT + "people/<int:pk>/role/", people.member_role, name="member_role"),
    path(PROJECT + "people/<int:pk>/remove/", people.member_remove, name="member_remove"),
    path(PROJECT + "people/<int:pk>/link/", people.member_link, name="member_link"),
    path(PROJECT + "settings/", project_settings.project_settings, name="settings"),
]

# Imports, items, models and runs, snapshots.
data: list[URLPattern] = [
    path(PROJECT + "items/", items.items, name="items"),
    path(PROJECT + "items/<int:pk>/", items.item, name="item"),
    path(PROJECT + "imports/", imports.imports, name="imports"),
    path(PROJECT + "imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path(PROJECT + "imports/<int:pk>/start/", imports.import_start, name="import_start"),
    path(PROJECT + "imports/<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path(PROJECT + "imports/<int:pk>/rejected/", imports.import_rejected, name="import_rejected"),
    path(PROJECT + "models/", labelers.labelers, name="labelers"),
    path(PROJECT + "models/<int:pk>/", labelers.labeler, name="labeler"),
    path(PROJECT + "models/<int:pk>/run/", labelers.labeler_run, name="labeler_run"),
    path(PROJECT + "models/<int:pk>/retire/", labelers.labeler_retire, name="labeler_retire"),
    path(PROJECT + "models/<int:pk>/activate/", labelers.labeler_activate, name="labeler_activate"),
    path(PROJECT + "models/<int:pk>/try/", trying.labeler_try, name="labeler_try"),
    path(PROJECT + "models/<int:pk>/estimate/", trying.labeler_estimate, name="labeler_estimate"),
    path(PROJECT + "models/preview/", trying.labeler_preview, name="labeler_preview"),
    path(PROJECT + "runs/<int:pk>/", runs.run, name="run"),
    path(PROJECT + "runs/<int:pk>/cancel/", runs.run_cancel, name="run_cancel"),
    path(PROJECT + "runs/<int:pk>/resume/", runs.run_resume, name="run_resume"),
    path(PROJECT + "snapshots/", snapshots.snapshots, name="snapshots"),
    path(PROJECT + "snapshots/<int:pk>/", snapshots.snapshot, name="snapshot"),
    path(PROJECT + "snapshots/<int:pk>/cancel/", snapshots.snapshot_cancel, name="snapshot_cancel"),
    path(PROJECT + "snapshots/<int:pk>/download/", snapshots.snapshot_download, name="snapshot_download"),
]

urlpatterns: list[URLPattern] = [*site, *work, *steering, *data]
