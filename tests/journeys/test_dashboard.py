"""A dashboard in a browser: charts come, keep to the policy, lead to their items, follow filters, and print."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.cast import Cast
from tests.reports.crowd import populate

from .test_accessibility import AXE, SERIOUS, serious
from .visits import PHONE, WIDE, NewContext, Watch, resize, visit

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reviewer_looks_filters_and_follows_a_number_to_its_items(
    cast: Cast, live_site: str, new_context: NewContext
) -> None:
    cast.add("one", "two", "three", metadata={"channel": "mail"})
    cast.add("four", "five")
    cast.answer(cast.annotator, "refund")
    page = visit(new_context, live_site, cast.reviewer, color_scheme="light")
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/projects/{cast.project.slug}/")
    page.get_by_role("navigation", name="Project", exact=True).get_by_role("link", name="Dashboard").click()
    funnel = page.locator("#figure-funnel")
    expect(funnel.locator("svg.chart-svg")).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    assert serious(page, "dashboard") == []

    # By keyboard: the filters, then the table, then from a number to its items.
    page.locator("#dashboard-filters > summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Metadata").fill("channel=mail")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("metadata=channel"))
    expect(funnel.get_by_role("definition").first).to_have_text("3")
    funnel.locator(".figure-table > summary").focus()
    page.keyboard.press("Enter")
    settled = funnel.get_by_role("row", name=re.compile("Settled"))
    expect(settled).to_contain_text("33.3")
    settled.get_by_role("link").last.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/items/\?metadata=channel%3Dmail&stage=settled"))
    expect(page.locator(".items-table tbody tr")).to_have_count(1)

    # A mark leads there as well; and on paper there is nothing to press.
    page.go_back()
    with page.expect_navigation(url=re.compile("stage=settled")):
        funnel.locator("svg a[href*=settled]").click()
    page.go_back()
    page.emulate_media(media="print")
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator(".topbar")).to_be_hidden()
    expect(funnel.locator("svg.chart-svg")).to_be_visible()
    assert watch.complaints == []


def test_every_board_is_drawn_and_can_be_read_by_everybody(cast: Cast, live_site: str, new_context: NewContext) -> None:
    populate(cast)
    page = visit(new_context, live_site, cast.lead, color_scheme="light")
    watch = Watch(page, live_site)
    for board, opened in (("people", "haste"), ("models", "failures"), ("quality", "balance")):
        page.goto(f"{live_site}/projects/{cast.project.slug}/dashboard/{board}/")
        expect(page.locator("svg.chart-svg").first).to_be_visible()
        expect(page.locator(".waiting")).to_have_count(0)
        page.locator(f"#figure-{opened}-table > summary").click()
        # Else the bar at the top would lie on what is below it.
        page.evaluate("scrollTo(0, 0)")
        page.evaluate(AXE)
        assert page.evaluate(SERIOUS, None) == []
        resize(page, PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        resize(page, WIDE)
    assert watch.complaints == []
