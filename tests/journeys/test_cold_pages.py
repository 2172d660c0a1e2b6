"""A page's first seconds: few requests, few bytes, and no key lost before its scripts have come (X5, V6)."""

from __future__ import annotations

import gzip

from playwright.sync_api import Page, Response, Route, expect

from annotation.models import Annotation, Item, Resolution
from tests.cast import Cast
from tests.journeys.visits import NewContext, Watch, visit

REQUESTS = 12
BYTES = 150_000


def test_a_cold_page_takes_fewer_than_twelve_requests(new_context: NewContext, live_site: str, cast: Cast) -> None:
    disputed = dispute(cast)
    for path in ("annotate/", f"review/{disputed.pk}/", f"items/{disputed.pk}/"):
        page = visit(new_context, live_site, cast.reviewer)
        watch = Watch(page, live_site)
        answers: list[Response] = []
        page.on("response", lambda answer, answers=answers: answers.append(answer))
        page.goto(f"{live_site}/projects/{cast.project.slug}/{path}")
        page.wait_for_load_state("networkidle")
        assert 5 < len(answers) < REQUESTS, [answer.url for answer in answers]
        assert sum(len(gzip.compress(answer.body())) for answer in answers) < BYTES
        assert watch.complaints == []


def test_keys_pressed_before_the_scripts_have_come_answer_the_card(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    cast.add("first message", "second message")
    page = visit(new_context, live_site, cast.annotator)
    module = hold(page, "**/js/annotate.js")
    page.goto(f"{live_site}/projects/{cast.project.slug}/annotate/", wait_until="commit")
    expect(page.locator("#card")).to_contain_text("first message")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    # The browser's own keys are its own: focus, and what is pressed by it.
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#card input:checked")).to_have_count(0)
    module.pop().continue_()
    expect(page.locator("#card")).to_contain_text("second message")
    expect(page.locator(".save-state")).to_have_text("Saved.")
    page.keyboard.press("1")
    expect(page.locator("#card input:checked")).to_have_value("refund")
    assert [each.answers for each in Annotation.objects.all()] == [{"intent": "delivery"}]


def test_keys_pressed_before_the_scripts_have_come_decide_a_review(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    disputed = dispute(cast)
    page = visit(new_context, live_site, cast.reviewer)
    module = hold(page, "**/js/review.js")
    page.goto(f"{live_site}/projects/{cast.project.slug}/review/{disputed.pk}/", wait_until="commit")
    expect(page.locator("#resolve")).to_be_visible()
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    module.pop().continue_()
    expect(page.locator("#card")).not_to_contain_text("About money")
    assert Resolution.objects.get().answers == {"intent": "other"}


def test_keys_are_the_browsers_again_where_the_scripts_do_not_come(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    cast.add("first message")
    page = visit(new_context, live_site, cast.annotator)
    page.route("**/js/annotate.js", lambda route: route.abort())
    page.goto(f"{live_site}/projects/{cast.project.slug}/annotate/")
    page.locator("#card input[value=delivery]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("All done for now")
    assert Annotation.objects.get().answers == {"intent": "delivery"}


def dispute(cast: Cast) -> Item:
    """An item about which two people disagree, and another that is open."""
    cast.policy(overlap=2)
    [item] = cast.add("About money")
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "delivery")
    cast.add("Something else")
    return item


def hold(page: Page, pattern: str) -> list[Route]:
    """The requests for a script, kept waiting."""
    held: list[Route] = []
    page.route(pattern, lambda route: held.append(route))
    return held
