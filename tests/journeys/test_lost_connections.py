"""A dead network, a lost lease, a second tab, a second reviewer: no choice is lost, no answer counts twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from annotation.models import Annotation, Assignment, Item, Resolution
from annotation.workflow.annotating import submit
from annotation.workflow.queueing import claim, release_overdue
from tests.cast import Cast
from tests.journeys.visits import NewContext, open_desk, visit
from tests.waiting import eventually

CHOSEN = "#card input[type=radio]:checked"
NOT_SAVED = "#unsent"
STATE = ".save-state"


def prefetched(page: Page, cast: Cast) -> None:
    """The next card lies ready: its item is leased, and the page has its HTML."""
    held = Assignment.objects.open().filter(annotator=cast.as_annotator(cast.annotator))
    eventually(lambda: held.count() == 2)
    page.wait_for_load_state("networkidle")


def never_arrives(route: Route) -> None:
    route.abort("connectionreset")


def answer_gets_lost(route: Route) -> None:
    """The server gets the answer and acts on it; what it says never comes back."""
    route.fetch()
    route.abort("connectionreset")


def server_is_down(route: Route) -> None:
    route.fulfill(status=503, body="down")


def expire(lease: Assignment) -> None:
    """What fifteen idle minutes do."""
    Assignment.objects.filter(pk=lease.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    release_overdue(lease.project_id)


@pytest.fixture
def desk(new_context: NewContext, live_site: str, cast: Cast) -> Page:
    """The annotator at their desk, with two items."""
    cast.add("first message", "second message")
    page = visit(new_context, live_site, cast.annotator)
    # Requests are caught from the first page on: a page that was there before may get its next one past the browser.
    page.route("**/submit/", lambda route: route.continue_())
    return open_desk(page, live_site, cast.project)


@pytest.mark.parametrize("fault", [never_arrives, answer_gets_lost, server_is_down])
def test_an_answer_that_fails_says_so_survives_a_reload_and_is_saved_once(
    cast: Cast, desk: Page, fault: Callable[[Route], None]
) -> None:
    prefetched(desk, cast)
    desk.route("**/submit/", fault)
    desk.keyboard.press("2")
    desk.keyboard.press("Enter")
    # The next card is there at once; that the answer is not, is said and stays said.
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(NOT_SAVED)).to_contain_text("Not saved: item")
    expect(desk.locator(STATE)).to_have_text("Not saved")
    desk.reload()
    expect(desk.locator(NOT_SAVED)).to_be_visible()
    desk.unroute("**/submit/")
    expect(desk.locator(NOT_SAVED)).to_be_hidden(timeout=15_000)
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(STATE)).to_have_text("Saved.")
    assert [each.answers for each in Annotation.objects.all()] == [{"intent": "delivery"}]
    assert desk.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('unsent:'))") == []


def test_answers_queue_up_behind_a_failed_one_and_arrive_in_order_by_themselves(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    cast.add("first message", "second message", "third message")
    page = visit(new_context, live_site, cast.annotator)
    open_desk(page, live_site, cast.project)
    prefetched(page, cast)
    page.route("**/submit/", never_arrives)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("second message")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    # Nothing lies ahead, so the second card stays, and is not open to change: its answer is on the way.
    expect(page.locator("#card[inert]")).to_contain_text("second message")
    expect(page.locator(NOT_SAVED)).to_contain_text("Not saved: item")
    # What is not saved cannot be taken back yet, and that is said too.
    page.keyboard.press("Backspace")
    expect(page.locator("#card")).to_contain_text("second message")
    page.unroute("**/submit/")
    expect(page.locator("#card")).to_contain_text("third message", timeout=15_000)
    expect(page.locator(NOT_SAVED)).to_be_hidden()
    saved = Annotation.objects.order_by("pk").values_list("item__fields__text", "answers__intent")
    assert list(saved) == [("first message", "refund"), ("second message", "delivery")]


def test_enter_tries_again_too(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.add("only message")
    page = visit(new_context, live_site, cast.annotator)
    open_desk(page, live_site, cast.project)
    page.route("**/submit/", never_arrives)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(NOT_SAVED)).to_be_visible()
    page.unroute("**/submit/")
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("All done for now")
    assert Annotation.objects.count() == 1


def test_a_skip_and_an_undo_that_fail_say_so_and_work_by_a_retry(desk: Page) -> None:
    desk.keyboard.press("1")
    desk.keyboard.press("Enter")
    expect(desk.locator(STATE)).to_have_text("Saved.")
    desk.route("**/undo/", never_arrives)
    desk.keyboard.press("Backspace")
    expect(desk.locator(NOT_SAVED)).to_contain_text("Not taken back.")
    desk.unroute("**/undo/")
    desk.get_by_role("button", name="Try again").click()
    expect(desk.locator("#card")).to_contain_text("first message")
    desk.route("**/skip/", answer_gets_lost)
    desk.keyboard.press("Space")
    desk.keyboard.press("1")
    expect(desk.locator(NOT_SAVED)).to_be_visible()
    desk.unroute("**/skip/")
    expect(desk.locator(NOT_SAVED)).to_be_hidden(timeout=15_000)
    expect(desk.locator("#card")).to_contain_text("second message")
    assert Assignment.objects.get(state="skipped").reason == "I am not sure"


def test_a_reload_and_another_device_find_the_choice_and_the_newer_one_wins(
    new_context: NewContext, live_site: str, cast: Cast, desk: Page
) -> None:
    with desk.expect_response("**/draft/"):
        desk.keyboard.press("3")
    desk.reload()
    expect(desk.locator(CHOSEN)).to_have_value("other")
    elsewhere = visit(new_context, live_site, cast.annotator)
    open_desk(elsewhere, live_site, cast.project)
    expect(elsewhere.locator(CHOSEN)).to_have_value("other")
    with elsewhere.expect_response("**/draft/"):
        elsewhere.keyboard.press("2")
    desk.reload()
    expect(desk.locator(CHOSEN)).to_have_value("delivery")
    desk.route("**/draft/", never_arrives)
    desk.keyboard.press("1")
    desk.reload()
    expect(desk.locator(CHOSEN)).to_have_value("refund")
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(CHOSEN)).to_have_count(0)


def test_somebody_who_was_signed_out_signs_in_again_and_their_answer_is_sent(cast: Cast, desk: Page) -> None:
    prefetched(desk, cast)
    desk.keyboard.press("2")
    kept = desk.context.cookies()
    desk.context.clear_cookies()
    desk.keyboard.press("Enter")
    expect(desk.locator(NOT_SAVED)).to_contain_text("signed out")
    desk.context.add_cookies(kept)  # type: ignore[arg-type]
    desk.get_by_role("button", name="Sign in again").click()
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(STATE)).to_have_text("Saved.")
    assert Annotation.objects.get().answers == {"intent": "delivery"}


def test_a_lease_that_somebody_else_took_is_told_and_the_choice_is_shown(cast: Cast, desk: Page) -> None:
    prefetched(desk, cast)
    desk.keyboard.press("2")
    expire(Assignment.objects.get(item__fields__text="first message"))
    other = claim(cast.as_annotator(cast.second))
    assert other is not None and other.item.fields["text"] == "first message"
    submit(assignment=other, answers={"intent": "refund"})
    # Back at the desk the page asks for its lease, and learns of it before anything is sent.
    desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.locator("[data-lease-lost]")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    refusal = desk.locator("[data-refusal]")
    expect(refusal).to_contain_text("Not recorded")
    expect(refusal).to_contain_text("delivery")
    assert [each.answers for each in Annotation.objects.all()] == [{"intent": "refund"}]
    refusal.get_by_role("button", name="Close").click()
    expect(refusal).to_have_count(0)


def test_a_lease_that_ran_out_untaken_still_takes_the_answer(desk: Page) -> None:
    desk.keyboard.press("2")
    expire(Assignment.objects.get(item__fields__text="first message"))
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(STATE)).to_have_text("Saved.")
    assert Annotation.objects.get().answers == {"intent": "delivery"}


def test_of_two_tabs_on_one_card_the_second_is_told(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.add("first message", "second message")
    first = visit(new_context, live_site, cast.annotator)
    second = first.context.new_page()
    for tab in (first, second):
        open_desk(tab, live_site, cast.project)
        expect(tab.locator("#card")).to_contain_text("first message")
    first.keyboard.press("1")
    first.keyboard.press("Enter")
    expect(first.locator(STATE)).to_have_text("Saved.")
    second.keyboard.press("3")
    second.keyboard.press("Enter")
    expect(second.locator("#refusals, #card").filter(has_text="Not recorded")).to_be_visible()
    assert [each.answers for each in Annotation.objects.all()] == [{"intent": "refund"}]
    assert Assignment.objects.open().count() == 1


def test_of_two_reviewers_the_second_sees_what_changed_and_keeps_their_choice(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    cast.policy(overlap=2)
    [item] = cast.add("first message")
    cast.answer(cast.annotator, "refund")
    cast.answer(cast.second, "delivery")
    pages = [visit(new_context, live_site, user) for user in (cast.reviewer, cast.lead)]
    for page in pages:
        page.goto(f"{live_site}/projects/{cast.project.slug}/review/{item.pk}/")
    quick, slow = pages
    quick.keyboard.press("2")
    quick.get_by_label("Comment").fill("It is about the parcel.")
    quick.locator("#resolve").click()
    expect(quick.locator("#card")).to_contain_text("Nothing left to review")
    slow.get_by_label("Comment").fill("Money, I think.")
    slow.locator("#card input[value=refund]").check()
    slow.locator("#resolve").click()
    notice = slow.locator(".conflict")
    expect(notice).to_contain_text("reviewer decided this item")
    expect(notice).to_contain_text("delivery")
    expect(notice).to_contain_text("It is about the parcel.")
    expect(slow.locator(CHOSEN)).to_have_value("refund")
    expect(slow.get_by_label("Comment")).to_have_value("Money, I think.")
    assert Resolution.objects.count() == 1
    # Knowing that, they may decide again.
    slow.locator("#resolve").click()
    expect(slow.locator("#card")).to_contain_text("Nothing left to review")
    assert Resolution.objects.count() == 2
    assert Item.objects.get(pk=item.pk).consensus.get().value == "refund"
