"""Data pages × roles × another project's rows (A1, A6): strangers get 404, the wrong role 403, and nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotation import urls
from annotation.models import BulkChange, ImportJob, Labeler, Membership, Run, SavedView, Snapshot, SnapshotFile
from annotation.workflow.changing_many import request_change
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exporting import request_snapshot
from annotation.workflow.running import start_run
from annotation.workflow.saving_views import save_view
from tests.cast import SCRIPTED, Cast, World
from tests.views.data import signed_in

# Route: (method, kind of row its address names, whether a reviewer may).
ROUTES: dict[str, tuple[str, str, bool]] = {
    "items": ("get", "", True),
    "item": ("get", "item", True),
    "view_new": ("post", "", True),
    "view": ("get", "view", True),
    "view_change": ("post", "view", True),
    "view_delete": ("post", "view", True),
    "changes": ("get", "", True),
    "change_new": ("post", "", True),
    "change": ("get", "change", True),
    "change_cancel": ("post", "change", True),
    "change_undo": ("post", "change", True),
    "change_erase": ("post", "change", False),
    "imports": ("get", "", False),
    "import_detail": ("get", "import", False),
    "import_start": ("post", "import", False),
    "import_cancel": ("post", "import", False),
    "import_rejected": ("get", "import", False),
    "import_losses": ("get", "import", False),
    "import_format": ("post", "import", False),
    "labelers": ("get", "", False),
    "labeler": ("get", "labeler", False),
    "labeler_run": ("post", "labeler", False),
    "labeler_retire": ("post", "labeler", False),
    "labeler_activate": ("post", "labeler", False),
    "labeler_trial": ("post", "labeler", False),
    "labeler_try": ("get", "labeler", False),
    "labeler_estimate": ("get", "labeler", False),
    "labeler_preview": ("get", "", False),
    "run": ("get", "run", True),
    "run_cancel": ("post", "run", False),
    "run_resume": ("post", "run", False),
    "snapshots": ("get", "", False),
    "snapshot": ("get", "snapshot", False),
    "snapshot_cancel": ("post", "snapshot", False),
    "snapshot_plan": ("get", "", False),
    "snapshot_keep": ("post", "", False),
    "snapshot_delete": ("post", "snapshot", False),
    "snapshot_format": ("post", "snapshot", False),
    "snapshot_compare": ("post", "snapshot", False),
    "snapshot_download": ("get", "snapshot", False),
    "snapshot_manifest": ("get", "snapshot", False),
    "snapshot_records": ("get", "snapshot", False),
    "snapshot_card": ("get", "snapshot", False),
    "snapshot_file": ("get", "snapshot_file", False),
    "snapshot_file_cancel": ("post", "snapshot_file", False),
    "snapshot_file_again": ("post", "snapshot_file", False),
    "snapshot_file_download": ("get", "snapshot_file", False),
}
MODELS = (BulkChange, ImportJob, Labeler, Run, SavedView, Snapshot, SnapshotFile)


def fill(world: World) -> dict[str, int]:
    """One row of each kind: its id by kind."""
    [item] = world.add("something")
    labeler = add_labeler(world.project, name="Robot", kind="prompted", config=SCRIPTED, user=world.lead)
    job = ImportJob.objects.create(project=world.project, file="imports/none", filename="a.csv", size=1, format="csv")
    run = start_run(labeler, user=world.lead)
    snapshot = request_snapshot(world.project, format="csv", user=world.lead)
    change = request_change(world.project, action="requeue", among=[item.pk], user=world.lead)
    reviewing = Membership.objects.get(project=world.project, user=world.reviewer)
    view = save_view(reviewing, name="Mine", query="stage=new", shared=True)
    rows = {"item": item, "labeler": labeler, "import": job, "run": run, "snapshot": snapshot}
    rows["snapshot_file"] = SnapshotFile.objects.create(snapshot=snapshot, format="jsonl")
    return {kind: row.pk for kind, row in (rows | {"change": change, "view": view}).items()}


def rows() -> list[list[dict[str, Any]]]:
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def ask(client: Client, name: str, slug: str, pks: dict[str, int]) -> int:
    method, kind, _ = ROUTES[name]
    return getattr(client, method)(reverse(name, args=[slug, *([pks[kind]] if kind else [])])).status_code


def test_every_data_page_has_a_row_in_the_matrix() -> None:
    assert {route.name for route in urls.data} == set(ROUTES)


@pytest.mark.parametrize("name", ROUTES)
def test_who_may_not_gets_404_or_403_and_changes_nothing(cast: Cast, name: str) -> None:
    here, there = fill(cast), fill(cast.foreign)
    before = rows()
    slug, foreign = cast.project.slug, cast.foreign.project.slug
    assert ask(signed_in(cast.stranger), name, slug, here) == 404
    assert ask(signed_in(cast.lead), name, foreign, there) == 404
    assert ask(signed_in(cast.annotator), name, slug, here) == 403
    if not ROUTES[name][2]:
        assert ask(signed_in(cast.reviewer), name, slug, here) == 403
    if ROUTES[name][1]:
        # Their own project, somebody else's row.
        assert ask(signed_in(cast.lead), name, slug, there) == 404
    assert ask(Client(), name, slug, here) == 302
    assert rows() == before


@pytest.mark.parametrize("name", [name for name, (_, _, reviewer) in ROUTES.items() if reviewer])
def test_a_reviewer_works_with_items_and_looks_at_runs(cast: Cast, name: str) -> None:
    here = fill(cast)
    allowed = {200} if ROUTES[name][0] == "get" and name != "view" else {302, 400}
    assert ask(signed_in(cast.reviewer), name, cast.project.slug, here) in allowed


@pytest.mark.parametrize("name", [name for name, (method, _, _) in ROUTES.items() if method == "post"])
def test_what_changes_something_cannot_be_fetched_or_forged(cast: Cast, name: str) -> None:
    here, kind = fill(cast), ROUTES[name][1]
    address = reverse(name, args=[cast.project.slug, *([here[kind]] if kind else [])])
    assert signed_in(cast.lead).get(address).status_code == 405
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(cast.lead)
    assert careful.post(address).status_code == 403
