"""axe-core on every page, in both themes, wide and on a phone: nothing serious (V6)."""

from __future__ import annotations

from pathlib import Path

import axe_playwright_python
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotation.models import Assignment, AssignmentState
from annotation.workflow.inviting import Offer, invite
from annotation.workflow.people import sign_in_link
from annotation.workflow.projects import change_guidelines
from tests.cast import Cast
from tests.journeys.furnished import VOTE, furnish
from tests.journeys.visits import PHONE, WIDE, NewContext, resize, visit

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = """async (rules) => {
    // What is scrolled halfway under the bar would count as too small to be hit.
    scrollTo(0, 0);
    // The colours of a theme that was just switched are there from the next frame on.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const options = rules ? { runOnly: rules } : { rules: { "target-size": { enabled: true } } };
    const { violations } = await axe.run(document, { ...options, resultTypes: ["violations"], preload: false });
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical").flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary.slice(0, 200)}`));
}"""
# What another theme or a narrow screen can make worse.
BY_THEME = ["color-contrast"]
BY_SCREEN = [
    "color-contrast",
    "target-size",
    "scrollable-region-focusable",
    "aria-hidden-focus",
    "button-name",
    "link-name",
]


def serious(page: Page, name: str) -> list[str]:
    """What axe finds on the page as it is now: in the light, in the dark, and on a phone in the dark."""
    page.evaluate(AXE)
    faults = [f"{name}: {fault}" for fault in page.evaluate(SERIOUS, None)]
    page.emulate_media(color_scheme="dark")
    faults += [f"{name}, dark: {fault}" for fault in page.evaluate(SERIOUS, BY_THEME)]
    resize(page, PHONE)
    faults += [f"{name}, phone: {fault}" for fault in page.evaluate(SERIOUS, BY_SCREEN)]
    page.emulate_media(color_scheme="light")
    resize(page, WIDE)
    return faults


def test_no_page_has_a_serious_fault(new_context: NewContext, live_site: str, cast: Cast) -> None:
    """Every page of the matrices of who may do what: one that is new there is looked at here."""
    faults: list[str] = []
    boss, paths = furnish(cast)
    page = visit(new_context, live_site, boss, color_scheme="light")
    for name, path in paths.items():
        page.goto(live_site + path, wait_until="domcontentloaded")
        faults += serious(page, name)
    page.goto(f"{live_site}/tokens/")
    page.get_by_role("button", name="Make the token").click()
    faults += serious(page, "a new token")
    assert faults == []


def test_no_state_of_the_desk_has_a_serious_fault(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.add("first message", "second message", "third message", annotations=[VOTE])
    change_guidelines(cast.project, "Refunds are about **money**.", user=cast.lead)
    desk = visit(new_context, live_site, cast.annotator, color_scheme="light")
    desk.goto(f"{live_site}/projects/{cast.project.slug}/")
    faults = serious(desk, "an annotator's overview")
    desk.goto(f"{live_site}/projects/{cast.project.slug}/annotate/")
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


def invitation(cast: Cast, live_site: str) -> str:
    _, token = invite(cast.project, Offer(), by=cast.lead)
    return live_site + reverse("join", args=[token])


def test_no_way_in_has_a_serious_fault(new_context: NewContext, live_site: str, cast: Cast) -> None:
    page = visit(new_context, live_site, None, color_scheme="light")
    faults: list[str] = []
    for name, address in {
        "sign-in": f"{live_site}/accounts/login/",
        "sign-in link": sign_in_link(cast.annotator, live_site),
        "spent link": f"{live_site}/sign-in/x/y/",
        "no sign-up": f"{live_site}/accounts/signup/",
        "forgotten password": f"{live_site}/accounts/password/reset/",
        "invitation": invitation(cast, live_site),
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
