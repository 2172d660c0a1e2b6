"""From a labelled file to a reviewed, augmented dataset, in a real browser with what is bundled."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from playwright.sync_api import Browser, expect

from annotation.models import Candidate, Item, Snapshot, Source
from annotation.reports.dataset_card import dataset_card
from annotation.workflow.people import create_user
from tests.journeys.test_main_job import annotate_all, sign_in
from tests.workers import Worker

LABELLED = {
    "The shop charged my card twice for the same blue helmet last week.": "billing",
    "The courier left my heavy parcel at a house three streets away.": "delivery",
}
KEYS = {"billing": "1", "delivery": "2"}
WANTED = 3


def test_a_labelled_file_becomes_a_reviewed_augmented_dataset(
    browser: Browser, live_site: str, worker: Worker, tmp_path: Path
) -> None:
    upload = tmp_path / "labelled.csv"
    with upload.open("w", newline="") as file:
        csv.writer(file).writerows([["text", "topic"], *LABELLED.items()])
    page = sign_in(browser, live_site, create_user("lead"))
    main = page.get_by_role("main")
    page.get_by_role("link", name="New project").first.click()
    page.get_by_label("Name", exact=True).fill("Shop messages")
    page.get_by_label("Question").fill("Topic")
    page.get_by_label("Options").fill("billing: money and invoices\ndelivery: parcels on their way")
    page.get_by_label("People per item").fill("1")
    page.get_by_role("button", name="Create").click()
    slug = page.url.split("/projects/")[1].split("/")[0]

    page.goto(f"{live_site}/projects/{slug}/imports/")
    page.locator("input[type=file]").set_input_files(upload)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Start").click()
    expect(main).to_contain_text("Done", timeout=30_000)

    page.goto(f"{live_site}/projects/{slug}/synthesis/new/?recipe=eda")
    page.locator("[name=amount]").fill(str(WANTED))
    page.locator("#start").click()
    expect(main).to_contain_text(f"{WANTED} new items", timeout=60_000)
    page.goto(page.url)
    page.get_by_role("link", name="Review by groups").click()
    expect(main).to_contain_text("not known yet")
    groups = page.url

    intended = {each.fields["text"]: each.answers["topic"] for each in Candidate.objects.filter(fate="kept")}
    assert len(intended) == WANTED and set(intended.values()) <= set(KEYS)
    open_texts = Item.objects.filter(project__slug=slug).exclude(stage="settled").values_list("fields__text", flat=True)
    annotate_all(page, live_site, slug, {text: KEYS[{**LABELLED, **intended}[text]] for text in open_texts})
    page.goto(groups)
    expect(main).to_contain_text("done")
    expect(main).to_contain_text("100 %")

    page.goto(f"{live_site}/projects/{slug}/snapshots/")
    page.get_by_label("Format").select_option("jsonl")
    page.get_by_role("button", name="Make a snapshot").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click(timeout=30_000)
    exported = [json.loads(line) for line in Path(download.value.path()).read_bytes().splitlines()]
    made = {
        each["fields"]["text"]: each["labels"]["topic"]["value"] for each in exported if each["source"] == Source.RECIPE
    }
    assert made == intended
    snapshot = Snapshot.objects.get()
    assert [(each["recipe"], each["items"], each["reviewed"]) for each in snapshot.manifest["recipes"]] == [
        ("eda", WANTED, WANTED)
    ]
    assert "What was generated" in dataset_card(snapshot.manifest)
