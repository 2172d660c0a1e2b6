"""Every route × every role × foreign ids (A1, A2, A4, A6). A route without a row in ROUTES fails the suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import URLPattern, URLResolver

from annotation.api import urls
from annotation.models import (
    Annotation,
    Assignment,
    BulkChange,
    Comment,
    Fitting,
    Flag,
    ImportJob,
    Invitation,
    Item,
    Labeler,
    Membership,
    Project,
    RejectedRow,
    Role,
    Run,
    RunItem,
    SavedView,
    SchemaChange,
    Snapshot,
)
from annotation.workflow.changing_many import request_change
from annotation.workflow.commenting import comment
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exporting import request_snapshot
from annotation.workflow.fitting import request_fitting
from annotation.workflow.flagging import flag
from annotation.workflow.inviting import Offer, invite
from annotation.workflow.reshaping import change_questions
from annotation.workflow.running import start_run
from annotation.workflow.saving_views import save_view
from annotation.workflow.uploading import receive, start_import
from tests.cast import SCRIPTED, Cast, World

RANKS = (Role.ANNOTATOR, Role.REVIEWER, Role.MANAGER)


@dataclass
class Rows:
    """One row of every kind that has an address, in one project."""

    member: Membership
    invitation: Invitation
    item: Item
    labeler: Labeler
    run: Run
    job: ImportJob
    snapshot: Snapshot
    schema_change: SchemaChange
    fitting: Fitting
    lease: Assignment
    annotation: Annotation
    comment: Comment
    flag: Flag
    change: BulkChange
    view: SavedView


@dataclass(frozen=True)
class Route:
    """`lowest` is the humblest role that may; None where the row has to be one's own (404 for everybody else)."""

    method: str
    pattern: str
    lowest: Role | None
    body: Callable[[Rows], Any] = lambda rows: None
    multipart: bool = False

    def address(self, slug: str, rows: Rows) -> str:
        ids = {
            "members": rows.member.pk,
            "invitations": rows.invitation.pk,
            "items": rows.item.pk,
            "labelers": rows.labeler.pk,
            "runs": rows.run.pk,
            "imports": rows.job.pk,
            "snapshots": rows.snapshot.pk,
            "schema-changes": rows.schema_change.pk,
            "fits": rows.fitting.pk,
            "claims": rows.lease.pk,
            "annotations": rows.annotation.pk,
            "comments": rows.comment.pk,
            "flags": rows.flag.pk,
            "changes": rows.change.pk,
            "views": rows.view.pk,
        }
        path = "/api/v1/" + self.pattern.replace("<slug:slug>", slug).replace("<slug:name>", "funnel")
        for noun, pk in ids.items():
            path = path.replace(f"{noun}/<int:pk>", f"{noun}/{pk}").replace(f"{noun}/<int:labeler>", f"{noun}/{pk}")
        return path


def _upload(rows: Rows) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("more.csv", b"text\none more\n")}


P = "projects/<slug:slug>/"
CHANGE = {"kind": "change_question", "question": "intent", "title": "What do they want?"}
NOTHING: Callable[[Rows], Any] = lambda rows: {}  # noqa: E731
ROUTES = [
    Route("GET", P, Role.ANNOTATOR),
    Route("PATCH", P, Role.MANAGER, lambda rows: {"guidelines": "New ones."}),
    Route("GET", P + "report/", Role.REVIEWER),
    Route("GET", P + "figures/", Role.REVIEWER),
    Route("GET", P + "figures/<slug:name>/", Role.REVIEWER),
    Route("GET", P + "notices/", Role.ANNOTATOR),
    Route("PATCH", P + "notices/", Role.ANNOTATOR, lambda rows: {"told": {"commented": False}, "digest": "never"}),
    Route("GET", P + "deliveries/", Role.MANAGER),
    Route("GET", P + "fits/", Role.REVIEWER),
    Route("POST", P + "fits/", Role.MANAGER, NOTHING),
    Route("GET", P + "fits/<int:pk>/", Role.REVIEWER),
    Route("POST", P + "fits/<int:pk>/cancel/", Role.MANAGER, NOTHING),
    Route("GET", P + "schema-changes/", Role.MANAGER),
    Route("POST", P + "schema-changes/", Role.MANAGER, lambda rows: {"change": CHANGE}),
    Route("POST", P + "schema-changes/preview/", Role.MANAGER, lambda rows: {"change": CHANGE}),
    Route("GET", P + "schema-changes/<int:pk>/", Role.MANAGER),
    Route("POST", P + "schema-changes/<int:pk>/undo/", Role.MANAGER, lambda rows: {}),
    Route("POST", P + "schema-changes/<int:pk>/retry/", Role.MANAGER, lambda rows: {}),
    Route("GET", P + "members/", Role.REVIEWER),
    Route("POST", P + "members/", Role.MANAGER, lambda rows: {"username": "stranger", "role": "annotator"}),
    Route("GET", P + "members/<int:pk>/", Role.MANAGER),
    Route("PATCH", P + "members/<int:pk>/", Role.MANAGER, lambda rows: {"paused": True, "weight": 0}),
    Route("DELETE", P + "members/<int:pk>/", Role.MANAGER),
    Route("POST", P + "members/<int:pk>/qualification/", Role.MANAGER, lambda rows: {"decision": "waive"}),
    Route("GET", P + "invitations/", Role.MANAGER),
    Route("POST", P + "invitations/", Role.MANAGER, lambda rows: {"note": "for Ada"}),
    Route("DELETE", P + "invitations/<int:pk>/", Role.MANAGER),
    Route("GET", P + "items/", Role.REVIEWER),
    Route("POST", P + "items/", Role.MANAGER, lambda rows: [{"fields": {"text": "another"}}]),
    Route("GET", P + "items/<int:pk>/", Role.REVIEWER),
    Route(
        "POST",
        P + "items/<int:pk>/resolution/",
        Role.REVIEWER,
        lambda rows: {"answers": {"intent": "refund"}, "version": rows.item.version},
    ),
    Route("POST", P + "items/<int:pk>/resolution/undo/", Role.REVIEWER, lambda rows: {"version": rows.item.version}),
    Route(
        "POST",
        P + "items/<int:pk>/returns/",
        Role.REVIEWER,
        lambda rows: {"annotation": rows.annotation.pk, "comment": "Look again.", "version": rows.item.version},
    ),
    Route("GET", P + "items/<int:pk>/look-alikes/", Role.REVIEWER),
    Route("GET", P + "items/<int:pk>/debate/", Role.REVIEWER),
    Route("GET", P + "items/<int:pk>/comments/", Role.ANNOTATOR),
    Route("POST", P + "items/<int:pk>/comments/", Role.ANNOTATOR, lambda rows: {"text": "Another word."}),
    Route("DELETE", P + "comments/<int:pk>/", Role.ANNOTATOR),
    Route("GET", P + "items/<int:pk>/flags/", Role.ANNOTATOR),
    Route("POST", P + "items/<int:pk>/flags/", Role.ANNOTATOR, lambda rows: {"reason": "Broken."}),
    Route("GET", P + "flags/", Role.REVIEWER),
    Route("DELETE", P + "flags/<int:pk>/", Role.ANNOTATOR),
    Route("GET", P + "changes/", Role.REVIEWER),
    Route("POST", P + "changes/", Role.REVIEWER, lambda rows: {"action": "requeue", "items": [rows.item.pk]}),
    Route("GET", P + "changes/<int:pk>/", Role.REVIEWER),
    Route("POST", P + "changes/<int:pk>/cancel/", Role.REVIEWER, NOTHING),
    Route("POST", P + "changes/<int:pk>/undo/", Role.REVIEWER, NOTHING),
    Route("GET", P + "views/", Role.REVIEWER),
    Route("POST", P + "views/", Role.REVIEWER, lambda rows: {"name": "Another"}),
    Route("GET", P + "views/<int:pk>/", Role.REVIEWER),
    # The shared view of these rows is the manager's own.
    Route("PATCH", P + "views/<int:pk>/", Role.MANAGER, lambda rows: {"shared": False}),
    Route("DELETE", P + "views/<int:pk>/", Role.MANAGER),
    Route("GET", P + "reviews/", Role.REVIEWER),
    Route("GET", P + "reviews/counts/", Role.REVIEWER),
    Route("GET", P + "reviews/decisions/", Role.REVIEWER),
    Route(
        "POST",
        P + "reviews/batch/",
        Role.REVIEWER,
        lambda rows: {"items": [{"id": rows.item.pk, "version": rows.item.version}], "answers": {"intent": "refund"}},
    ),
    Route("GET", P + "imports/", Role.MANAGER),
    Route("POST", P + "imports/", Role.MANAGER, _upload, multipart=True),
    Route("GET", P + "imports/<int:pk>/", Role.MANAGER),
    Route("POST", P + "imports/<int:pk>/cancel/", Role.MANAGER, NOTHING),
    Route("GET", P + "imports/<int:pk>/rejected.csv", Role.MANAGER),
    Route("GET", P + "labelers/", Role.REVIEWER),
    Route("POST", P + "labelers/", Role.MANAGER, lambda rows: {"name": "M", "kind": "prompted", "config": SCRIPTED}),
    Route("GET", P + "labelers/report/", Role.REVIEWER),
    Route("GET", P + "labelers/<int:pk>/", Role.REVIEWER),
    Route("POST", P + "labelers/<int:pk>/tries/", Role.MANAGER, NOTHING),
    Route("GET", P + "labelers/<int:pk>/trials/", Role.REVIEWER),
    Route("POST", P + "labelers/<int:pk>/trials/", Role.MANAGER, NOTHING),
    Route("POST", P + "labelers/<int:pk>/activation/", Role.MANAGER, NOTHING),
    Route("DELETE", P + "labelers/<int:pk>/", Role.MANAGER),
    Route("POST", P + "labelers/<int:pk>/estimate/", Role.MANAGER, NOTHING),
    Route("GET", P + "connections/", Role.MANAGER),
    Route("GET", P + "labelers/<int:labeler>/runs/", Role.REVIEWER),
    Route("POST", P + "labelers/<int:labeler>/runs/", Role.MANAGER, NOTHING),
    Route("GET", P + "runs/", Role.REVIEWER),
    *(
        route
        for prefix in ("runs/<int:pk>/", "labelers/<int:labeler>/runs/<int:pk>/")
        for route in (
            Route("GET", P + prefix, Role.REVIEWER),
            Route("POST", P + prefix + "cancel/", Role.MANAGER, NOTHING),
            Route("POST", P + prefix + "resume/", Role.MANAGER, NOTHING),
            Route("GET", P + prefix + "failures/", Role.REVIEWER),
            Route("GET", P + prefix + "answers/", Role.REVIEWER),
        )
    ),
    Route("GET", P + "claims/", Role.ANNOTATOR),
    Route("POST", P + "claims/", Role.ANNOTATOR, NOTHING),
    Route("DELETE", P + "claims/<int:pk>/", None, NOTHING),
    Route("PUT", P + "claims/<int:pk>/draft/", None, lambda rows: {"answers": {"intent": "refund"}}),
    Route("POST", P + "claims/<int:pk>/renewal/", None, NOTHING),
    Route("GET", P + "annotations/", Role.ANNOTATOR),
    Route(
        "POST", P + "annotations/", None, lambda rows: {"assignment": rows.lease.pk, "answers": {"intent": "refund"}}
    ),
    Route("DELETE", P + "annotations/<int:pk>/", None),
    Route("GET", P + "snapshots/", Role.MANAGER),
    Route("POST", P + "snapshots/", Role.MANAGER, lambda rows: {"format": "jsonl"}),
    Route("GET", P + "snapshots/<int:pk>/", Role.MANAGER),
    Route("POST", P + "snapshots/<int:pk>/cancel/", Role.MANAGER, NOTHING),
    Route("GET", P + "snapshots/<int:pk>/download/", Role.MANAGER),
]
DESIGNS = {("GET", "project-templates/"), ("POST", "projects/label-studio-config/")}
# Not inside a project: everybody who is signed in, about themselves.
OPEN = {
    ("GET", "projects/"),
    ("POST", "projects/"),
    *DESIGNS,
    ("GET", "notifications/"),
    ("POST", "notifications/read/"),
    ("GET", "me/preferences/"),
    ("PATCH", "me/preferences/"),
}
inside = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.pattern}")


def _served(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    for each in patterns:
        where = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _served(each.url_patterns, where)
        else:
            view = each.callback.view_class  # type: ignore[attr-defined]
            yield from ((method.upper(), where) for method in view.http_method_names if hasattr(view, method))


def test_every_route_has_a_row_here() -> None:
    served = {(method, where) for method, where in _served(urls.urlpatterns) if method != "OPTIONS"}
    assert served == {(route.method, route.pattern) for route in ROUTES} | OPEN


def furnish(world: World) -> Rows:
    world.add("first text of " + world.project.name, "second text of " + world.project.name, "third")
    item = world.answer(world.annotator, "refund")
    lease = world.claim(world.annotator)
    labeler = add_labeler(world.project, name="Model", kind="prompted", config=SCRIPTED, user=world.lead)
    run = start_run(labeler, user=world.lead)
    with SimpleUploadedFile("some.csv", b"text\nfourth text\n") as file:
        job = receive(world.project, file, "some.csv", user=world.lead)
    start_import(job, user=world.lead)
    RejectedRow.objects.create(job=job, line=9, reason="a bad row of " + world.project.name)
    snapshot = request_snapshot(world.project, format="jsonl", user=world.lead)
    return Rows(
        member=Membership.objects.get(project=world.project, user=world.second),
        invitation=invite(world.project, Offer(note=world.project.name), by=world.lead)[0],
        item=item,
        labeler=labeler,
        run=run,
        job=job,
        snapshot=snapshot,
        fitting=request_fitting(world.project, user=world.lead),
        schema_change=change_questions(world.project, {**CHANGE, "title": "Wish"}, user=world.lead),
        lease=lease,
        annotation=Annotation.objects.get(item=item),
        comment=comment(item, author=world.annotator, text="A word about " + world.project.name),
        flag=flag(item, user=world.annotator, reason="Something about " + world.project.name),
        change=request_change(world.project, action="requeue", among=[item.pk], user=world.lead),
        view=save_view(
            Membership.objects.get(project=world.project, user=world.lead),
            name=world.project.name,
            query="",
            shared=True,
        ),
    )


def everything_of(project: Project) -> list[Any]:
    """All rows of a project, to be compared."""
    rows: list[Any] = [Project.objects.filter(pk=project.pk).values().get()]
    for model in apps.get_app_config("annotation").get_models():
        if any(each.name == "project" for each in model._meta.fields):
            rows += model.objects.filter(project=project).order_by("pk").values_list()
    rows += RunItem.objects.filter(run__project=project).order_by("pk").values_list()
    rows += RejectedRow.objects.filter(job__project=project).order_by("pk").values_list()
    return [str(row) for row in rows]


@dataclass
class Stage:
    cast: Cast
    here: Rows
    there: Rows

    def send(self, user: Any, route: Route, slug: str, rows: Rows) -> Any:
        """One request whose effects are taken back."""
        with transaction.atomic():
            response = self.call(user, route, slug, rows)
            transaction.set_rollback(True)
        return response

    def call(self, user: Any, route: Route, slug: str, rows: Rows) -> Any:
        client = self.cast.api(user)
        body = route.body(rows)
        options = {"format": "multipart"} if route.multipart else {}
        return getattr(client, route.method.lower())(route.address(slug, rows), body, **options)


@pytest.fixture
def stage(cast: Cast) -> Stage:
    return Stage(cast, furnish(cast), furnish(cast.foreign))


@inside
def test_nobody_without_a_name_gets_in(stage: Stage, route: Route) -> None:
    assert stage.send(None, route, stage.cast.project.slug, stage.here).status_code == 401


@inside
def test_a_foreign_project_does_not_exist(stage: Stage, route: Route) -> None:
    before = everything_of(stage.cast.foreign.project)
    for user in (stage.cast.lead, stage.cast.reviewer, stage.cast.annotator, stage.cast.stranger):
        response = stage.send(user, route, stage.cast.foreign.project.slug, stage.there)
        assert response.status_code == 404, f"{user}: {response.content!r}"
        assert "Elsewhere" not in response.content.decode()
        # Not rolled back this time: what was refused has to have left no trace.
        assert stage.call(user, route, stage.cast.foreign.project.slug, stage.there).status_code == 404
    assert everything_of(stage.cast.foreign.project) == before


@inside
def test_a_foreign_row_cannot_be_reached_through_ones_own_project(stage: Stage, route: Route) -> None:
    own = stage.here
    if route.address("x", own) == route.address("x", stage.there) and route.lowest is not None:
        return  # the address names no row; bodies that do are rows of their own
    before = everything_of(stage.cast.foreign.project)
    for user in (stage.cast.lead, stage.cast.reviewer, stage.cast.annotator):
        response = stage.call(user, route, stage.cast.project.slug, stage.there)
        assert response.status_code in (403, 404), f"{user}: {response.content!r}"
        assert "Elsewhere" not in response.content.decode()
    assert stage.call(stage.cast.lead, route, stage.cast.project.slug, stage.there).status_code == 404
    assert everything_of(stage.cast.foreign.project) == before


@inside
def test_each_role_may_do_what_it_is_for_and_no_more(stage: Stage, route: Route) -> None:
    people = (stage.cast.annotator, stage.cast.reviewer, stage.cast.lead)
    for role, user in zip(RANKS, people, strict=True):
        status = stage.send(user, route, stage.cast.project.slug, stage.here).status_code
        if route.lowest is None:
            # The rows are the annotator's own.
            assert (status < 300) if role == Role.ANNOTATOR else (status == 404), (role, status)
        elif RANKS.index(role) < RANKS.index(route.lowest):
            assert status == 403, role
        else:
            assert status < 300 or status == 409, (role, status)


@inside
def test_options_tells_nothing(stage: Stage, route: Route) -> None:
    slug, rows = stage.cast.foreign.project.slug, stage.there
    response = stage.cast.api(stage.cast.stranger).options(route.address(slug, rows))
    assert response.status_code == 405
    assert "Elsewhere" not in response.content.decode()


def test_an_address_that_is_none_answers_with_a_problem(cast: Cast) -> None:
    response = cast.api(cast.lead).get("/api/v1/nothing/here/")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_lists_show_only_the_projects_one_belongs_to(stage: Stage) -> None:
    listed = stage.cast.api(stage.cast.annotator).get("/api/v1/projects/").json()["results"]
    assert [each["slug"] for each in listed] == [stage.cast.project.slug]
    assert stage.cast.api(stage.cast.stranger).get("/api/v1/projects/").json()["results"] == []
