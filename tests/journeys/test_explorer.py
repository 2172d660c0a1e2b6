"""The item list as a lead uses it: filter, save the view, tick, label, undo; by keyboard where there are keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from annotation.models import Item, Resolution, SavedView
from tests.cast import Cast

from .visits import NewContext, Watch, visit

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lead_filters_saves_labels_and_takes_it_back(cast: Cast, live_site: str, new_context: NewContext) -> None:
    cast.add(*(f"parcel number {number}" for number in range(7)), *(f"refund number {number}" for number in range(5)))
    page = visit(new_context, live_site, cast.lead)
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/projects/{cast.project.slug}/items/")
    rows = page.locator(".items-table tbody tr")
    expect(rows).to_have_count(12)

    # “/” searches; the table follows by itself, and the address with it.
    page.keyboard.press("/")
    page.keyboard.type("refund")
    expect(rows).to_have_count(5)
    expect(page).to_have_url(re.compile("search=refund"))

    page.get_by_text("Save view").click()
    page.get_by_label("Name").fill("Refunds")
    page.get_by_label("Everybody who reviews sees it").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as “Refunds”")).to_be_visible()
    assert SavedView.objects.get().query == "search=refund"

    # j and k walk, x ticks, Shift takes a range.
    page.locator("body").press("j")
    page.keyboard.press("x")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    boxes = page.locator("[data-pick]")
    boxes.nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("4 chosen")).to_be_visible()
    page.get_by_role("button", name="Label", exact=True).click()

    expect(page.get_by_role("heading", name="Label 4 items", level=1)).to_be_visible()
    page.get_by_role("button", name="Label 4 items").click()
    expect(page.get_by_text("Choose an answer to at least one question.")).to_be_visible()
    page.get_by_label("Intent").select_option("refund")
    page.get_by_role("button", name="Label 4 items").click()
    expect(page.get_by_text("4 items changed.")).to_be_visible()
    assert Resolution.objects.count() == 4

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("4 items brought back as they were.")).to_be_visible()
    assert not Resolution.objects.exists()

    # The view's own address, then all that match.
    page.goto(f"{live_site}/projects/{cast.project.slug}/items/views/{SavedView.objects.get().pk}/")
    expect(rows).to_have_count(5)
    page.get_by_label("Choose items").check()
    expect(page.get_by_text("5 chosen")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 5 items").click()
    expect(page.get_by_text("5 items changed.")).to_be_visible()
    assert Item.objects.filter(project=cast.project).count() == 7
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("5 items brought back")).to_be_visible()
    assert Item.objects.filter(project=cast.project).count() == 12

    # An item opened from a list knows its neighbours there.
    page.goto(f"{live_site}/projects/{cast.project.slug}/items/?search=parcel&order=newest")
    rows.first.get_by_role("link").click()
    # Its keys work once its scripts have come.
    page.wait_for_url(re.compile(r"/items/\d+/"), wait_until="load")
    first = page.url
    page.keyboard.press("j")
    expect(page).not_to_have_url(first)
    expect(page.get_by_text("parcel number 5").first).to_be_visible()
    page.keyboard.press("k")
    expect(page).to_have_url(first)
    # The browser itself notes that the form came back with what was missing.
    assert [each for each in watch.complaints if "422" not in each] == []
