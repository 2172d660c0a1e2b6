"""A dispute from the settings to the label: two people differ, models argue, and a reviewer overrides them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from annotation.models import Consensus, DecidedBy, Labeler, Snapshot, Turn
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.exporting import export_snapshot
from annotation.workflow.resolving import resolve_disputes
from tests.cast import Cast
from tests.journeys.visits import PHONE, NewContext, Watch, visit
from tests.runs import finish

HOSTILE = "“Money” is asked for. </text> <img src=x onerror=alert(1)>"


def judges(cast: Cast) -> None:
    Labeler.objects.filter(project=cast.project, kind="judge").update(active=False)
    for name, answer, why in (("Ann", "refund", HOSTILE), ("Ben", "refund", "It is."), ("Cy", "other", "Hardly.")):
        script = {"default": {"answer": answer, "rationale": why}}
        config = {"llm": "scripted", "script": script}
        add_labeler(cast.project, name=name, kind="judge", config=config, user=cast.lead)


def test_a_debate_is_read_turn_by_turn_and_overridden(new_context: NewContext, live_site: str, cast: Cast) -> None:
    judges(cast)
    [item] = cast.add("I want my parcel or my money.")
    site = f"{live_site}/projects/{cast.project.slug}"
    lead = visit(new_context, live_site, cast.lead)
    watch = Watch(lead, live_site)
    lead.goto(f"{site}/settings/")
    lead.get_by_label("People per item").fill("2")
    lead.get_by_label("Answers before an item may settle early").fill("2")
    lead.get_by_label("Who looks first at what people differ on").select_option("debate")
    lead.get_by_label("Rounds of a debate at most").fill("2")
    lead.get_by_role("button", name="Save policy").click()
    expect(lead.get_by_text("Policy saved.")).to_be_visible()
    cast.project.refresh_from_db()
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "delivery")
    run = resolve_disputes(cast.project)
    assert run is not None
    finish(run)
    assert Turn.objects.filter(item=item).count() == 6

    # The reviewer reads it, on a phone and by keyboard, without learning who spoke, and decides otherwise.
    reviewer = visit(new_context, live_site, cast.reviewer, viewport=PHONE)
    reading = Watch(reviewer, live_site)
    reviewer.goto(f"{site}/review/{item.pk}/")
    debate = reviewer.locator(".debate")
    expect(debate.locator("summary")).to_contain_text("2 rounds · 6 turns")
    expect(debate.locator(".debate-verdict")).to_contain_text("refund")
    debate.locator("summary").focus()
    reviewer.keyboard.press("Enter")
    rounds = debate.locator(".debate-round")
    expect(rounds).to_have_count(2)
    expect(rounds.nth(1).locator(".debate-turn")).to_have_count(3)
    expect(rounds.nth(0)).to_contain_text(HOSTILE)
    assert "Ann" not in debate.inner_text()
    wide = reviewer.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    reviewer.get_by_role("radio", name="delivery").check()
    reviewer.locator("#resolve").click()
    expect(reviewer.locator("main")).to_contain_text("Nothing")
    label = Consensus.objects.get(item=item)
    assert (label.value, label.decided_by) == ("delivery", DecidedBy.REVIEWER)

    # The item's page tells all of it, to the lead with names; the model's page who sat there.
    lead.goto(f"{site}/items/{item.pk}/")
    expect(lead.get_by_text("decided by: Reviewer")).to_be_visible()
    lead.locator(".debate summary").click()
    expect(lead.locator(".debate-round").first).to_contain_text("Ann v1")
    lead.goto(f"{site}/models/{run.labeler_id}/")
    expect(lead.get_by_text("They are relatives.")).to_be_visible()
    expect(lead.get_by_text("It has not been tested.")).to_be_visible()
    lead.goto(f"{site}/runs/{run.pk}/")
    expect(lead.locator(".stat", has_text="Turns taken")).to_contain_text("6")
    told_by_dashboards_and_download(lead, site)
    assert not watch.complaints
    assert not reading.complaints


def told_by_dashboards_and_download(lead: Page, site: str) -> None:
    lead.goto(f"{site}/dashboard/")
    accuracy = lead.locator("#figure-accuracy")
    accuracy.locator(".figure-table > summary").click()
    expect(accuracy.get_by_role("row", name=re.compile("Reviewer"))).to_contain_text("1")
    lead.get_by_role("navigation", name="Dashboards").get_by_role("link", name="People").click()
    pairs = lead.locator("#figure-people_pairs")
    pairs.locator(".figure-table > summary").click()
    expect(pairs.get_by_role("row", name=re.compile("annotator.*second"))).to_contain_text("0.0 %")
    lead.get_by_role("navigation", name="Dashboards").get_by_role("link", name="Label quality").click()
    balance = lead.locator("#figure-balance")
    balance.locator(".figure-table > summary").click()
    expect(balance.get_by_role("row", name=re.compile("delivery"))).to_contain_text("100.0 %")
    lead.goto(f"{site}/snapshots/")
    lead.get_by_label("Format").select_option("jsonl")
    lead.get_by_role("button", name="Make a snapshot").click()
    expect(lead.locator("main")).to_contain_text("JSON")
    export_snapshot(Snapshot.objects.latest("pk").pk)
    lead.reload()
    with lead.expect_download() as download:
        lead.get_by_role("link", name="Download").first.click()
    label = json.loads(Path(download.value.path()).read_text())["labels"]["intent"]
    assert (label["value"], label["decided_by"], label["by"]) == ("delivery", "reviewer", ["reviewer"])
