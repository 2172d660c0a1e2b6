"""axe-core on every page, in both themes, wide and on a phone: nothing serious (V6)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import axe_playwright_python
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from annotation.models import Assignment, AssignmentState, Item, Piece, Role, Run, RunItem
from annotation.workflow.connecting import Settings, add_connection
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exporting import export_snapshot, request_snapshot
from annotation.workflow.importing import import_file
from annotation.workflow.people import add_member, create_user, sign_in_link
from annotation.workflow.projects import change_guidelines
from annotation.workflow.running import start_run
from annotation.workflow.uploading import receive, start_import
from tests.cast import SCRIPTED, Cast
from tests.journeys.visits import PHONE, WIDE, NewContext, visit

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = """async (rules) => {
    // The colours of a theme that was just switched are there from the next frame on.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const options = rules ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } };
    const { violations } = await axe.run(document, { ...options, resultTypes: ["violations"] });
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical").flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary.slice(0, 200)}`));
}"""
# What another theme or a narrow screen can make worse.
BY_THEME = ["color-contrast"]
BY_SCREEN = ["color-contrast", "target-size", "scrollable-region-focusable", "aria-hidden-focus", "button-name"]


@pytest.fixture
def pages(cast: Cast, live_site: str) -> dict[str, str]:
    """A project in which every page has something to show: {what it is: its address}."""
    root = f"{live_site}/projects/{cast.project.slug}"
    cast.policy(overlap=2)
    change_guidelines(
        cast.project, "# Rules\n\n- **Money** is `refund`\n\n| a | b |\n|---|---|\n| 1 | 2 |", user=cast.lead
    )
    vote = {"annotator": "Robot", "answers": {"intent": "refund"}, "rationale": "They want their money."}
    vote["distribution"] = {"intent": {"refund": 0.7, "delivery": 0.2, "other": 0.1}}
    disputed, settled, *_ = cast.add(
        *(f"Message number {number}, about money or a parcel." for number in range(6)),
        annotations=[vote],
        metadata={"channel": "mail"},
    )
    # In the queue's order, whatever it is.
    for _ in range(3):
        cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "delivery")
    for _ in range(2):
        cast.answer(cast.second, "refund")
    disputed = Item.objects.filter(project=cast.project, stage__in=("disputed", "review")).get()
    settled = Item.objects.filter(project=cast.project, stage="settled").first()
    assert settled is not None
    csv = b"id,text,label\n1,Where is it?,refund\n2,,refund\n3,Money back,other\n"
    waiting = receive(cast.project, SimpleUploadedFile("a.csv", csv), "waiting.csv", user=cast.lead)
    done = start_import(receive(cast.project, SimpleUploadedFile("b.csv", csv), "done.csv", user=cast.lead))
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
    snapshot = request_snapshot(cast.project, format="csv", user=cast.lead)
    export_snapshot(snapshot.pk)
    request_snapshot(cast.project, format="jsonl", user=cast.lead)
    return {
        "home": f"{live_site}/",
        "new project": f"{live_site}/new/",
        "design": f"{live_site}/new/design/?template=sentiment",
        "tokens": f"{live_site}/tokens/",
        "keys": f"{live_site}/keys/",
        "connections": f"{live_site}/connections/",
        "password": f"{live_site}/accounts/password/change/",
        "overview": f"{root}/",
        "annotate": f"{root}/annotate/",
        "review list": f"{root}/review/",
        "review": f"{root}/review/{disputed.pk}/",
        "items": f"{root}/items/",
        "disputed item": f"{root}/items/{disputed.pk}/",
        "settled item": f"{root}/items/{settled.pk}/",
        "imports": f"{root}/imports/",
        "mapping": f"{root}/imports/{waiting.pk}/",
        "import": f"{root}/imports/{done.pk}/",
        "models": f"{root}/models/",
        "model": f"{root}/models/{labeler.pk}/",
        "failed run": f"{root}/runs/{stopped.pk}/",
        "running run": f"{root}/runs/{running.pk}/",
        "snapshots": f"{root}/snapshots/",
        "snapshot": f"{root}/snapshots/{snapshot.pk}/",
        "people": f"{root}/people/",
        "settings": f"{root}/settings/",
        "questions": f"{root}/questions/",
        "nowhere": f"{live_site}/nowhere/",
    }


def serious(page: Page, name: str) -> list[str]:
    """What axe finds on the page as it is now: in the light, in the dark, and on a phone in the dark."""
    page.evaluate(AXE)
    faults = [f"{name}: {fault}" for fault in page.evaluate(SERIOUS, None)]
    page.emulate_media(color_scheme="dark")
    faults += [f"{name}, dark: {fault}" for fault in page.evaluate(SERIOUS, BY_THEME)]
    page.set_viewport_size(PHONE)
    faults += [f"{name}, phone: {fault}" for fault in page.evaluate(SERIOUS, BY_SCREEN)]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    return faults


def test_no_page_has_a_serious_fault(
    new_context: NewContext, live_site: str, cast: Cast, pages: dict[str, str]
) -> None:
    faults: list[str] = []
    boss = create_user("boss", admin=True)
    add_member(cast.project, boss, Role.MANAGER, by=cast.lead)
    page = visit(new_context, live_site, boss, color_scheme="light")
    for name, address in pages.items():
        page.goto(address)
        faults += serious(page, name)
    page.goto(f"{live_site}/tokens/")
    page.get_by_role("button", name="New token").click()
    faults += serious(page, "a new token")
    assert faults == []


def test_no_state_of_the_desk_has_a_serious_fault(
    new_context: NewContext, live_site: str, cast: Cast, pages: dict[str, str]
) -> None:
    desk = visit(new_context, live_site, cast.annotator, color_scheme="light")
    desk.goto(pages["overview"])
    faults = serious(desk, "an annotator's overview")
    desk.goto(pages["annotate"])
    desk.keyboard.press("2")
    faults += serious(desk, "a card with a choice")
    desk.route("**/submit/", lambda route: route.abort())
    desk.keyboard.press("Enter")
    expect(desk.locator("#unsent")).to_be_visible()
    faults += serious(desk, "a card that was not saved")
    desk.keyboard.press("Space")
    faults += serious(desk, "skip")
    desk.keyboard.press("Escape")
    desk.keyboard.press("?")
    faults += serious(desk, "keys")
    desk.keyboard.press("Escape")
    Assignment.objects.filter(annotator__user=cast.annotator).update(state=AssignmentState.SKIPPED)
    desk.unroute("**/submit/")
    desk.locator("#unsent button").click()
    expect(desk.locator("#refusals")).to_contain_text("Not recorded")
    faults += serious(desk, "a lost lease")
    assert faults == []


def test_no_way_in_has_a_serious_fault(new_context: NewContext, live_site: str, cast: Cast) -> None:
    page = visit(new_context, live_site, None, color_scheme="light")
    faults: list[str] = []
    for name, address in {
        "sign-in": f"{live_site}/accounts/login/",
        "sign-in link": sign_in_link(cast.annotator, live_site),
        "spent link": f"{live_site}/sign-in/x/y/",
        "no sign-up": f"{live_site}/accounts/signup/",
    }.items():
        page.goto(address)
        faults += serious(page, name)
    page.goto(f"{live_site}/accounts/login/")
    page.get_by_label("Username").fill("nobody")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    faults += serious(page, "sign-in refused")
    assert faults == []


def test_a_fault_would_be_found(new_context: NewContext, live_site: str, cast: Cast) -> None:
    page = visit(new_context, live_site, None, color_scheme="light")
    page.goto(f"{live_site}/accounts/login/")
    page.evaluate("document.body.append(document.createElement('img'))")
    # Readable on white alone.
    page.evaluate("document.querySelector('h1').style.color = '#222222'")
    found = " ".join(serious(page, "sign-in"))
    assert "sign-in: image-alt" in found
    assert "sign-in, dark: color-contrast: h1" in found
    assert "sign-in: color-contrast" not in found
