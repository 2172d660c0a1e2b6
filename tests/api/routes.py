"""Every route of the API: who may, and a request that works. What is served and stands not here fails the suite."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.models import (
    Annotation,
    Assignment,
    BulkChange,
    Comment,
    Document,
    Experiment,
    Fitting,
    Flag,
    ImportJob,
    Invitation,
    Item,
    Labeler,
    Membership,
    RejectedRow,
    Role,
    Run,
    SavedView,
    SchemaChange,
    Snapshot,
    SnapshotFile,
    SynthesisRun,
    Webhook,
)
from annotation.synthesis.paraphrase import Paraphrase
from annotation.workflow.changing_many import request_change
from annotation.workflow.commenting import comment
from annotation.workflow.documenting import add_document
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.experimenting import Order, request_experiment
from annotation.workflow.exporting import request_snapshot
from annotation.workflow.fitting import request_fitting
from annotation.workflow.flagging import flag
from annotation.workflow.inviting import Offer, invite
from annotation.workflow.reshaping import change_questions
from annotation.workflow.running import start_run
from annotation.workflow.saving_views import save_view
from annotation.workflow.targeting import add_webhook
from annotation.workflow.uploading import receive, start_import
from tests.cast import SCRIPTED, World

HOOK = "hook"
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
    snapshot_file: SnapshotFile
    schema_change: SchemaChange
    fitting: Fitting
    lease: Assignment
    annotation: Annotation
    comment: Comment
    flag: Flag
    change: BulkChange
    view: SavedView
    synthesis: SynthesisRun
    experiment: Experiment
    document: Document


def ids_of(rows: Rows) -> dict[str, int]:
    """Noun of an address → the row that stands there."""
    return {
        "members": rows.member.pk,
        "invitations": rows.invitation.pk,
        "items": rows.item.pk,
        "labelers": rows.labeler.pk,
        "runs": rows.run.pk,
        "imports": rows.job.pk,
        "snapshots": rows.snapshot.pk,
        "snapshot-files": rows.snapshot_file.pk,
        "schema-changes": rows.schema_change.pk,
        "fits": rows.fitting.pk,
        "claims": rows.lease.pk,
        "annotations": rows.annotation.pk,
        "comments": rows.comment.pk,
        "flags": rows.flag.pk,
        "changes": rows.change.pk,
        "views": rows.view.pk,
        "syntheses": rows.synthesis.pk,
        "documents": rows.document.pk,
        "experiments": rows.experiment.pk,
    }


@dataclass(frozen=True)
class Route:
    """`lowest` is the humblest role that may; None where the row has to be one's own (404 for everybody else)."""

    method: str
    pattern: str
    lowest: Role | None
    body: Callable[[Rows], Any] = lambda rows: None
    multipart: bool = False

    def address(self, slug: str, rows: Rows) -> str:
        named = {"<slug:slug>": slug, "<slug:name>": "funnel", "<str:name>": HOOK}
        path = "/api/v1/" + self.pattern
        for part, name in named.items():
            path = path.replace(part, name)
        for noun, pk in ids_of(rows).items():
            path = path.replace(f"{noun}/<int:pk>", f"{noun}/{pk}").replace(f"{noun}/<int:labeler>", f"{noun}/{pk}")
        return path


def _upload(rows: Rows) -> dict[str, Any]:
    return {"file": SimpleUploadedFile("more.csv", b"text\none more\n")}


P = "projects/<slug:slug>/"
GROUP = {"operation": "synonyms", "label": '{"intent": "refund"}'}
CHANGE = {"kind": "change_question", "question": "intent", "title": "What do they want?"}
PARAPHRASE = {"recipe": "paraphrase", "roles": {"generator": SCRIPTED}}
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
    Route("GET", P + "guidelines/", Role.ANNOTATOR),
    Route("POST", P + "guidelines/seen/", Role.ANNOTATOR, lambda rows: {"version": 1}),
    Route("GET", P + "events/", Role.REVIEWER),
    Route("GET", P + "webhooks/", Role.MANAGER),
    Route("GET", P + "webhooks/<str:name>/", Role.MANAGER),
    Route("PUT", P + "webhooks/<str:name>/", Role.MANAGER, lambda rows: {"events": ["licensed"]}),
    Route("POST", P + "webhooks/<str:name>/test/", Role.MANAGER, NOTHING),
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
    Route("GET", P + "members/<int:pk>/answers.csv", Role.MANAGER),
    Route("GET", P + "invitations/", Role.MANAGER),
    Route("POST", P + "invitations/", Role.MANAGER, lambda rows: {"note": "for Ada"}),
    Route("DELETE", P + "invitations/<int:pk>/", Role.MANAGER),
    Route("GET", P + "items/", Role.REVIEWER),
    Route("POST", P + "items/", Role.MANAGER, lambda rows: [{"fields": {"text": "another"}}]),
    Route("GET", P + "items/<int:pk>/", Role.REVIEWER),
    Route("PATCH", P + "items/<int:pk>/", Role.MANAGER, lambda rows: {"metadata": {"channel": "mail"}}),
    Route("DELETE", P + "items/<int:pk>/", Role.MANAGER),
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
    Route("POST", P + "changes/<int:pk>/erase/", Role.MANAGER, NOTHING),
    Route("GET", P + "changes/<int:pk>/items/", Role.REVIEWER),
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
        P + "resolutions/",
        Role.REVIEWER,
        lambda rows: {
            "entries": [{"item": rows.item.pk, "version": rows.item.version, "answers": {"intent": "refund"}}]
        },
    ),
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
    Route("POST", P + "labelers/preview/", Role.MANAGER, lambda rows: {"kind": "prompted", "config": SCRIPTED}),
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
    Route("GET", P + "recipes/", Role.MANAGER),
    Route("GET", P + "syntheses/", Role.MANAGER),
    Route("POST", P + "syntheses/", Role.MANAGER, lambda rows: PARAPHRASE),
    Route("POST", P + "syntheses/plan/", Role.MANAGER, lambda rows: PARAPHRASE),
    Route("GET", P + "syntheses/<int:pk>/", Role.MANAGER),
    Route("POST", P + "syntheses/<int:pk>/cancel/", Role.MANAGER, NOTHING),
    Route("POST", P + "syntheses/<int:pk>/resume/", Role.MANAGER, NOTHING),
    Route("GET", P + "syntheses/<int:pk>/candidates/", Role.MANAGER),
    Route("GET", P + "syntheses/<int:pk>/requests/", Role.MANAGER),
    Route("GET", P + "syntheses/<int:pk>/strata/", Role.MANAGER),
    Route("POST", P + "syntheses/<int:pk>/strata/accept/", Role.MANAGER, lambda rows: GROUP),
    Route("POST", P + "syntheses/<int:pk>/strata/open/", Role.MANAGER, lambda rows: GROUP),
    Route("PUT", P + "items/<int:pk>/fields/", Role.MANAGER, lambda rows: {"fields": {"text": "other"}}),
    Route("PUT", P + "items/<int:pk>/rationale/", Role.MANAGER, lambda rows: {"steps": [True]}),
    Route("GET", P + "coverage/", Role.MANAGER),
    Route("GET", P + "items/<int:pk>/provenance/", Role.MANAGER),
    Route("GET", P + "experiment-kinds/", Role.MANAGER),
    Route("GET", P + "experiments/", Role.MANAGER),
    Route("POST", P + "experiments/", Role.MANAGER, lambda rows: {"experiment": "star"}),
    Route("GET", P + "experiments/<int:pk>/", Role.MANAGER),
    Route("POST", P + "experiments/<int:pk>/cancel/", Role.MANAGER, NOTHING),
    Route("POST", P + "experiments/<int:pk>/resume/", Role.MANAGER, NOTHING),
    Route("DELETE", P + "experiments/<int:pk>/", Role.MANAGER),
    Route("GET", P + "documents/", Role.MANAGER),
    Route("POST", P + "documents/", Role.MANAGER, lambda rows: {"name": "more.md", "text": "# More"}),
    Route("GET", P + "documents/<int:pk>/", Role.MANAGER),
    Route("DELETE", P + "documents/<int:pk>/", Role.MANAGER),
    Route("GET", P + "claims/", Role.ANNOTATOR),
    Route("POST", P + "claims/", Role.ANNOTATOR, NOTHING),
    Route("DELETE", P + "claims/<int:pk>/", None, NOTHING),
    Route("POST", P + "claims/<int:pk>/release/", None, NOTHING),
    # It is open: 409 for who has it.
    Route("POST", P + "claims/<int:pk>/reopening/", None, NOTHING),
    Route("GET", P + "skips/", Role.ANNOTATOR),
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
    Route("DELETE", P + "snapshots/<int:pk>/", Role.MANAGER),
    Route("GET", P + "snapshots/<int:pk>/download/", Role.MANAGER),
    Route("GET", P + "snapshots/<int:pk>/manifest/", Role.MANAGER),
    Route("GET", P + "snapshots/<int:pk>/card/", Role.MANAGER),
    Route("GET", P + "snapshots/<int:pk>/records/", Role.MANAGER),
    Route("GET", P + "snapshots/<int:pk>/files/", Role.MANAGER),
    Route("POST", P + "snapshots/<int:pk>/files/", Role.MANAGER, lambda rows: {"format": "csv"}),
    Route("POST", P + "snapshots/<int:pk>/differences/", Role.MANAGER, lambda rows: {"base": rows.snapshot.pk}),
    Route("GET", P + "snapshot-files/<int:pk>/", Role.MANAGER),
    Route("POST", P + "snapshot-files/<int:pk>/cancel/", Role.MANAGER, NOTHING),
    Route("GET", P + "snapshot-files/<int:pk>/download/", Role.MANAGER),
    Route("GET", P + "snapshot-formats/", Role.MANAGER),
    Route("GET", P + "snapshot-keeping/", Role.MANAGER),
    Route("PUT", P + "snapshot-keeping/", Role.MANAGER, lambda rows: {"days": 30, "last": None}),
]
DESIGNS = {("GET", "project-templates/"), ("POST", "projects/label-studio-config/")}
# Not inside a project: everybody who is signed in, about themselves.
OPEN = {
    ("GET", "projects/"),
    ("POST", "projects/"),
    *DESIGNS,
    ("GET", "notifications/"),
    ("POST", "notifications/read/"),
    ("GET", "me/"),
    ("GET", "me/tokens/"),
    ("POST", "me/tokens/"),
    ("DELETE", "me/tokens/<int:number>/"),
    ("GET", "me/preferences/"),
    ("PATCH", "me/preferences/"),
}


def furnish(world: World) -> Rows:
    # A target is the whole site's.
    if not Webhook.objects.filter(name=HOOK).exists():
        add_webhook(name=HOOK, url="http://127.0.0.1:9/", by=world.lead)
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
    synthesis = SynthesisRun.objects.create(
        project=world.project,
        recipe="paraphrase",
        recipe_version=Paraphrase.version,
        roles={"generator": SCRIPTED},
        drawn={"seeds": [], "documents": [], "guidelines": world.project.name},
        schema_version=9,
    )
    return Rows(
        synthesis=synthesis,
        experiment=request_experiment(world.project, Order(name="star"), user=world.lead),
        document=add_document(world.project, name=world.project.name, content=b"# Title"),
        member=Membership.objects.get(project=world.project, user=world.second),
        invitation=invite(world.project, Offer(note=world.project.name), by=world.lead)[0],
        item=item,
        labeler=labeler,
        run=run,
        job=job,
        snapshot=snapshot,
        snapshot_file=SnapshotFile.objects.create(snapshot=snapshot, format="csv"),
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
