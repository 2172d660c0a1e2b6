"""A project in which every page of the matrices has something to show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation.models import (
    PROJECT_EVENTS,
    Delivery,
    Experiment,
    Item,
    NotificationKind,
    Piece,
    Role,
    Run,
    RunItem,
    Snapshot,
    User,
)
from annotation.workflow.announcing import announce, tell_once
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.deriving import make_file, request_difference
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.importing import import_file
from annotation.workflow.people import add_member, create_user
from annotation.workflow.projects import change_guidelines
from annotation.workflow.running import start_run
from annotation.workflow.targeting import add_webhook, subscribe
from annotation.workflow.uploading import receive, start_import
from tests.cast import SCRIPTED, Cast
from tests.experiments.test_eda import LOST
from tests.recipes import offered
from tests.views import test_data_access, test_page_access, test_site_access, test_synthesis
from tests.views.data import signed_in

CSV = b"id,text,label\n1,Where is it?,refund\n2,,refund\n3,Money back,other\n"
VOTE = {
    "annotator": "Oracle",
    "answers": {"intent": "refund"},
    "rationale": "They want their money.",
    "distribution": {"intent": {"refund": 0.7, "delivery": 0.2, "other": 0.1}},
}


def furnish(cast: Cast) -> tuple[User, dict[str, str]]:
    """An administrator who manages the project, and {what it is: the path} of every page that they can open.

    Routes come from the matrices of who may do what, and so do the rows that their addresses name: a page that is new
    there is here. Downloads, redirects and pieces of pages are left out.
    """
    boss = create_user("boss", admin=True)
    boss.set_password("long enough 4 all")
    boss.save()
    add_member(cast.project, boss, Role.MANAGER, by=cast.lead)
    slug = cast.project.slug
    kinds = test_page_access.fill(cast) | test_data_access.fill(cast)
    shown, more = _rows(cast)
    kinds |= shown
    routes = {**test_page_access.ROUTES, **test_data_access.ROUTES}
    paths = {
        name: reverse(name, args=[slug, *([kinds[kind]] if kind else [])])
        for name, (method, kind, _) in routes.items()
        if method == "get"
    }
    with offered():
        made = test_synthesis.fill(cast)
    paths |= {
        name: reverse(name, args=[slug, *([made[kind]] if kind else [])])
        for name, (method, kind) in test_synthesis.ROUTES.items()
        if method == "get"
    }
    paths["synthesis_new"] += "?recipe=paraphrase"
    tried = Experiment.objects.create(project=cast.project, name="eda", version=1, seeds=5, state="done", value=LOST)
    paths |= {"experiments": reverse("experiments", args=[slug])}
    paths |= {"experiment_new": reverse("experiment_new", args=[slug, "distill"])}
    paths |= {"experiment": reverse("experiment", args=[slug, tried.pk])}
    paths |= {f"{name} {what}": reverse(name, args=[slug, pk]) for what, (name, pk) in more.items()}
    paths |= {name: reverse(name) for name, methods in test_site_access.SITE.items() if "get" in methods}
    paths |= {name: reverse(f"account_{name}") for name in ("change_password", "logout", "reauthenticate", "email")}
    paths |= {"project_design sentiment": "/new/design/?template=sentiment", "nowhere": "/nowhere/"}
    client = signed_in(boss)
    return boss, {name: path for name, path in paths.items() if _is_page(client.get(path), name)}


def _is_page(response: Any, name: str) -> bool:
    status = response.status_code
    assert status in (200, 302) or name == "nowhere", f"{name} answers {status}"
    kind = response.headers["Content-Type"]
    return status != 302 and kind.startswith("text/html")


def _rows(cast: Cast) -> tuple[dict[str, int], dict[str, tuple[str, int | str]]]:
    """The row of each kind that has most to show, and {what it is: (route, row)} of others worth a look."""
    cast.policy(overlap=2)
    rules = "# Rules\n\n- **Money** is `refund`\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    change_guidelines(cast.project, rules, user=cast.lead)
    cast.add(
        *(f"Message number {number}, about money or a parcel." for number in range(6)),
        annotations=[VOTE],
        metadata={"channel": "mail"},
    )
    # In the queue's order, whatever it is.
    for _ in range(5):
        cast.answer(cast.annotator, "refund")
    for answer in ("delivery", "refund", "delivery", "refund"):
        cast.answer(cast.second, answer)
    disputed = Item.objects.filter(project=cast.project, stage__in=("disputed", "review")).latest("pk")
    settled = Item.objects.filter(project=cast.project, stage="settled").latest("pk")
    waiting = receive(cast.project, SimpleUploadedFile("a.csv", CSV), "waiting.csv", user=cast.lead)
    done = start_import(receive(cast.project, SimpleUploadedFile("b.csv", CSV), "done.csv", user=cast.lead))
    import_file(done.pk)
    labeler = add_labeler(cast.project, name="Second robot", kind="prompted", config=SCRIPTED, user=cast.lead)
    stopped = start_run(labeler, user=cast.lead)
    RunItem.objects.filter(run=stopped).update(state=Piece.FAILED, reason="Not an option.", raw_reply="banana")
    Run.objects.filter(pk=stopped.pk).update(
        state="failed", failed=3, done=1, error="The model went away.", budget=1, cost=1
    )
    other = add_labeler(cast.project, name="Third robot", kind="prompted", config=SCRIPTED, user=cast.lead)
    running = start_run(other, user=cast.lead)
    Run.objects.filter(pk=running.pk).update(state="running", done=2, started_at=running.created_at - timedelta(0, 9))
    add_connection(Settings("team-vllm", "http://10.0.0.7:8000/v1", "qwen"), key="sk-1", by=cast.lead)
    _hear(cast)
    snapshot = request_snapshot(cast.project, format="csv", user=cast.lead)
    export_snapshot(snapshot.pk)
    later = request_snapshot(cast.project, format="jsonl", splits={"train": 0.5, "test": 0.5}, user=cast.lead)
    cast.project.items.filter(stage="settled").update(metadata={"channel": "chat"})
    export_snapshot(later.pk)
    difference = request_difference(Snapshot.objects.get(pk=later.pk), Snapshot.objects.get(pk=snapshot.pk))
    make_file(difference.pk)
    request_snapshot(cast.project, format="jsonl", user=cast.lead)
    shown = {"item": disputed.pk, "import": done.pk, "labeler": labeler.pk, "run": stopped.pk, "snapshot": later.pk}
    shown["snapshot_file"] = difference.pk
    more: dict[str, tuple[str, int | str]] = {
        "settled": ("item", settled.pk),
        "with columns to name": ("import_detail", waiting.pk),
        "running": ("run", running.pk),
        **{board: ("dashboard", board) for board in ("people", "models", "quality")},
    }
    return shown, more


def _hear(cast: Cast) -> None:
    """Everything that can be told of a project, in the inbox and on its way to a target."""
    webhook, _secret = add_webhook(name="team", url="https://hooks.example.org/in", by=cast.lead)
    subscribe(cast.project, webhook, PROJECT_EVENTS)
    told = {
        "run": Run.objects.latest("pk").pk,
        "labeler": "Second robot v1",
        "review": 2,
        "label": "",
        "webhook": "team",
    }
    told |= {"question": "Intent", "now": {"alpha": 0.4}, "before": {"alpha": 0.8}}
    for kind in PROJECT_EVENTS:
        announce(cast.project, kind, occurrence="1", **told)
    Delivery.objects.filter(event="run_failed").update(attempts=2, status=500, error="The target answered 500.")
    tell_once(cast.project, NotificationKind.WEBHOOK_FAILED, occurrence="1", **told)
    digest = {"period": "weekly", "begin": "2026-11-09", "end": "2026-11-15", "answers": 3, "yours": 1, "votes": 2}
    digest |= {"settled": 1, "waiting": 4, "review": 2, "cost": "0.50"}
    questions = [{"title": "Intent", "alpha": 0.81, "right": 0.93}]
    tell_once(cast.project, NotificationKind.DIGEST, occurrence="1", **digest, questions=questions)
