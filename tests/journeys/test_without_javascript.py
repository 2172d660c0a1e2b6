"""The whole job as plain forms: scripts blocked, broken or too old cost comfort, never work."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from annotation.models import Annotation, Assignment, AssignmentState, ImportJob, Item, Resolution, Snapshot
from annotation.workflow.importing import import_file
from annotation.workflow.people import sign_in_link
from tests.cast import Cast
from tests.journeys.visits import NewContext, visit


def plain_visit(new_context: NewContext, live_site: str, cast: Cast, who: str) -> Page:
    return visit(new_context, live_site, getattr(cast, who), java_script_enabled=False)


def test_a_person_signs_in_answers_takes_back_and_skips(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.add("first message", "second message", "third message")
    page = new_context(java_script_enabled=False).new_page()
    page.goto(sign_in_link(cast.annotator, live_site))
    page.get_by_role("button", name="Sign in as annotator").click()
    page.get_by_role("link", name="Support messages", exact=True).click()
    page.get_by_role("link", name="Annotate").first.click()
    card = page.locator("#card")
    expect(card).to_contain_text("first message")
    page.locator("input[value=delivery]").check()
    page.get_by_role("button", name="Submit").click()
    expect(card).to_contain_text("second message")
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    page.get_by_role("button", name="Previous").click()
    expect(card).to_contain_text("first message")
    expect(page.locator("#card input:checked")).to_have_value("delivery")
    page.locator("input[value=refund]").check()
    page.get_by_role("button", name="Submit").click()
    expect(card).to_contain_text("second message")
    # A popover opens without script.
    page.get_by_role("button", name="Skip").first.click()
    page.get_by_role("button", name="No option fits").click()
    expect(card).to_contain_text("third message")
    assert Annotation.objects.current().get().answers == {"intent": "refund"}
    assert Assignment.objects.get(state=AssignmentState.SKIPPED).reason == "No option fits"


def test_a_second_tab_is_told_on_a_whole_page(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.add("first message")
    page = plain_visit(new_context, live_site, cast, "annotator")
    other = page.context.new_page()
    for tab, option in ((page, "refund"), (other, "delivery")):
        tab.goto(f"{live_site}/projects/{cast.project.slug}/annotate/")
        tab.locator(f"input[value={option}]").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#card")).to_contain_text("All done for now")
    other.get_by_role("button", name="Submit").click()
    expect(other.locator("#card")).to_contain_text("Not recorded")
    expect(other.get_by_role("banner")).to_contain_text("Support messages")
    assert Annotation.objects.get().answers == {"intent": "refund"}


def test_a_reviewer_decides(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.policy(overlap=2)
    cast.add("first message")
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "delivery")
    page = plain_visit(new_context, live_site, cast, "reviewer")
    page.goto(f"{live_site}/projects/{cast.project.slug}/review/")
    page.get_by_role("link", name="first message").click()
    page.locator("input[value=delivery]").check()
    page.get_by_label("Comment").fill("It is about the parcel.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("main")).to_contain_text("Nothing to review")
    assert Resolution.objects.get().comment == "It is about the parcel."
    assert Item.objects.get().stage == "settled"


def test_a_lead_uploads_watches_searches_and_asks_for_a_snapshot(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    root = f"{live_site}/projects/{cast.project.slug}"
    page = plain_visit(new_context, live_site, cast, "lead")
    page.goto(f"{root}/imports/")
    upload = {"name": "messages.csv", "mimeType": "text/csv", "buffer": b"id,body\n1,Where is it?\n2,Money back\n3,\n"}
    page.locator("input[type=file]").set_input_files(upload)
    page.get_by_role("button", name="Upload and choose columns").click()
    page.get_by_label("Text", exact=True).select_option("body")
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_role("main")).to_contain_text("Pending")
    import_file(ImportJob.objects.get().pk)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("2 new items")
    expect(page.get_by_role("link", name="All as CSV")).to_be_visible()

    page.goto(f"{root}/items/")
    page.get_by_label("Search").fill("money")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#items")).to_contain_text("Money back")
    expect(page.locator("#items")).not_to_contain_text("Where is it?")

    page.goto(f"{root}/snapshots/")
    page.get_by_label("Format").select_option("jsonl")
    page.get_by_role("button", name="Make a snapshot").click()
    expect(page.get_by_role("main")).to_contain_text("Snapshot 1")
    assert Snapshot.objects.get().format == "jsonl"
    # A destructive button asks nothing without script, and works.
    page.goto(f"{root}/snapshots/")
    page.get_by_role("button", name="Cancel job").click()
    assert Snapshot.objects.get().state == "cancelled"
