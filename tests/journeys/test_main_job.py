"""The main job in a real browser, with a real worker and the bundled model."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from annotation.models import Item, User
from annotation.workflow.people import create_user, sign_in_link
from tests.workers import Worker

TEXTS = [
    "You charged my card twice for the same helmet, please look into it.",
    "Where is my parcel? Tracking has not moved for eight days.",
    "The invoice shows the wrong company name and tax number.",
    "The courier left the tent at a house three streets away.",
]
# By question order: 1 is billing, 2 is delivery. The two people differ on the third message only.
ADA = {TEXTS[0]: "1", TEXTS[1]: "2", TEXTS[2]: "1", TEXTS[3]: "2"}
BEN = {TEXTS[0]: "1", TEXTS[1]: "2", TEXTS[2]: "2", TEXTS[3]: "2"}
NAMES = {"1": "billing", "2": "delivery"}
LONG = 120_000


def sign_in(browser: Browser, site: str, user: User) -> Page:
    page = _context(browser).new_page()
    page.goto(sign_in_link(user, site))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("banner").get_by_text(user.username, exact=True)).to_be_visible()
    return page


def annotate_all(page: Page, site: str, slug: str, keys: dict[str, str]) -> None:
    """By keyboard alone, until the queue is empty."""
    page.goto(f"{site}/projects/{slug}/annotate/")
    for _ in keys:
        text = page.locator("#card .card-section").first.inner_text().strip()
        shown = next(known for known in keys if known in text)
        page.keyboard.press(keys[shown])
        expect(page.locator("#card input[type=radio]:checked")).to_have_value(NAMES[keys[shown]])
        page.keyboard.press("Enter")
        expect(page.locator("#card")).not_to_contain_text(shown)


def test_upload_vote_answer_disagree_resolve_download(
    browser: Browser, live_site: str, worker: Worker, tmp_path: Path
) -> None:
    upload = tmp_path / "messages.csv"
    with upload.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "text"])
        rows.writerows((f"m{number}", text) for number, text in enumerate(TEXTS, 1))
        rows.writerow(["m5", ""])
        rows.writerow(["m6", TEXTS[0]])
    lead, ada, ben, rita = (create_user(name) for name in ("lead", "ada", "ben", "rita"))

    page = sign_in(browser, live_site, lead)
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Name", exact=True).fill("Shop messages")
    page.get_by_label("Question").fill("Topic")
    page.get_by_label("Options").fill("billing: money and invoices\ndelivery: parcels on their way")
    page.get_by_label("People per item").fill("2")
    page.get_by_role("button", name="Create").click()
    slug = page.url.split("/projects/")[1].split("/")[0]

    for person, role in ((ada, "annotator"), (ben, "annotator"), (rita, "reviewer")):
        page.goto(f"{live_site}/projects/{slug}/people/")
        form = page.locator("form", has=page.get_by_role("button", name="Add", exact=True))
        form.get_by_label("Username").fill(person.username)
        form.get_by_label("Role").select_option(role)
        form.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text(person.username)

    page.goto(f"{live_site}/projects/{slug}/imports/")
    page.locator("input[type=file]").set_input_files(upload)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("main")).to_contain_text(TEXTS[0])
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("main")).to_contain_text("Done", timeout=30_000)
    expect(page.get_by_role("main")).to_contain_text("There is no text")
    assert Item.objects.filter(project__slug=slug).count() == len(TEXTS)

    page.goto(f"{live_site}/projects/{slug}/models/")
    page.get_by_label("Name", exact=True).fill("Small model")
    page.get_by_role("button", name="Add").last.click()
    page.goto(f"{live_site}/projects/{slug}/models/")
    page.get_by_role("button", name="Run on 4 open items").click()
    # The first run of a fresh machine converts the bundled model before it votes.
    expect(page.get_by_role("main")).to_contain_text("4 of 4", timeout=LONG)

    annotate_all(sign_in(browser, live_site, ada), live_site, slug, ADA)
    annotate_all(sign_in(browser, live_site, ben), live_site, slug, BEN)

    review = sign_in(browser, live_site, rita)
    review.goto(f"{live_site}/projects/{slug}/review/")
    review.get_by_role("link", name=TEXTS[2][:30]).first.click()
    review.wait_for_url(re.compile(r"/review/\d+/$"), wait_until="load")
    expect(review.get_by_role("main")).to_contain_text("ada")
    expect(review.get_by_role("main")).to_contain_text("Small model")
    review.keyboard.press("1")
    review.get_by_label("Comment").fill("An invoice is money.")
    review.locator("#resolve").click()
    expect(review.get_by_role("main")).to_contain_text("Nothing left to review")

    page.goto(f"{live_site}/projects/{slug}/snapshots/")
    page.get_by_label("Format").select_option("jsonl")
    page.get_by_role("button", name="Make a snapshot").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click(timeout=30_000)
    data = Path(download.value.path()).read_bytes()
    exported = {record["fields"]["text"]: record for record in map(json.loads, data.splitlines())}

    assert {text: record["labels"]["topic"]["value"] for text, record in exported.items()} == {
        text: NAMES[key] for text, key in ADA.items()
    }
    assert exported[TEXTS[2]]["labels"]["topic"]["decided_by"] == "reviewer"
    assert exported[TEXTS[2]]["labels"]["topic"]["by"] == ["rita"]
    for text in (TEXTS[0], TEXTS[1], TEXTS[3]):
        assert exported[text]["labels"]["topic"]["decided_by"] == "people"
        assert {"ada", "ben"} <= set(exported[text]["labels"]["topic"]["by"])
    kinds = {vote["annotator"]: vote["kind"] for vote in exported[TEXTS[0]]["annotations"]}
    assert kinds["ada"] == kinds["ben"] == "human"
    assert kinds["Small model v1"] == "model"
    expect(page.get_by_role("main")).to_contain_text(hashlib.sha256(data).hexdigest()[:8])


def _context(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport={"width": 1440, "height": 900})
