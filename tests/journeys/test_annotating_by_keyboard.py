"""An annotator's day: every decision by key, the focus where it is expected, and the same by touch."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Annotation, Assignment, AssignmentState
from annotation.workflow.projects import change_guidelines
from tests.cast import Cast
from tests.journeys.visits import PHONE, NewContext, open_desk, visit

HEADING = "#card [data-card-heading]"
CHOSEN = "#card input[type=radio]:checked"
STATE = ".save-state"


@pytest.fixture
def desk(new_context: NewContext, live_site: str, cast: Cast) -> Page:
    """The annotator at their desk, with three items and guidelines."""
    cast.add("first message", "second message", "third message")
    change_guidelines(cast.project, "Refunds are about **money**.", user=cast.lead)
    return open_desk(visit(new_context, live_site, cast.annotator), live_site, cast.project)


def test_a_digit_chooses_enter_submits_and_the_focus_is_on_the_next_card(desk: Page) -> None:
    expect(desk.locator("#card")).to_contain_text("first message")
    desk.keyboard.press("2")
    expect(desk.locator(CHOSEN)).to_have_value("delivery")
    desk.keyboard.press("1")
    expect(desk.locator(CHOSEN)).to_have_value("refund")
    expect(desk.locator(CHOSEN)).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(HEADING)).to_be_focused()
    expect(desk.locator(CHOSEN)).to_have_count(0)
    expect(desk.locator(STATE)).to_have_text("Saved.")
    assert Annotation.objects.get().answers == {"intent": "refund"}
    # The answer took some time, and it was measured here.
    assert (Annotation.objects.get().seconds or 0) > 0


def test_enter_without_a_choice_sends_nothing(desk: Page) -> None:
    desk.keyboard.press("Enter")
    desk.keyboard.press("9")
    expect(desk.locator("#card")).to_contain_text("first message")
    desk.keyboard.press("3")
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(STATE)).to_have_text("Saved.")
    assert [each.answers for each in Annotation.objects.all()] == [{"intent": "other"}]


def test_space_asks_why_escape_goes_back_and_a_digit_skips(desk: Page) -> None:
    desk.keyboard.press("Space")
    expect(desk.locator("#skip")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.locator("#skip")).to_be_hidden()
    expect(desk.locator("#card")).to_contain_text("first message")
    desk.keyboard.press("Space")
    desk.keyboard.press("2")
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(HEADING)).to_be_focused()
    expect(desk.locator(CHOSEN)).to_have_count(0)
    expect(desk.locator(STATE)).to_have_text("Skipped.")
    assert Assignment.objects.get(state=AssignmentState.SKIPPED).reason == "No option fits"


def test_backspace_brings_the_answer_back_preselected_and_it_can_be_changed(desk: Page) -> None:
    desk.keyboard.press("2")
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    desk.keyboard.press("Backspace")
    expect(desk.locator("#card")).to_contain_text("first message")
    expect(desk.locator(CHOSEN)).to_have_value("delivery")
    expect(desk.locator(HEADING)).to_be_focused()
    desk.keyboard.press("3")
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(STATE)).to_have_text("Saved.")
    assert Annotation.objects.current().get().answers == {"intent": "other"}


def test_g_hides_and_shows_the_guidelines_and_a_question_mark_the_keys(desk: Page) -> None:
    expect(desk.locator("#guidelines")).to_be_visible()
    desk.keyboard.press("g")
    expect(desk.locator("#guidelines")).to_be_hidden()
    desk.reload()
    expect(desk.locator("#guidelines")).to_be_hidden()
    desk.keyboard.press("g")
    expect(desk.locator("#guidelines")).to_contain_text("about money")
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    # Under the open list no key answers.
    desk.keyboard.press("1")
    expect(desk.locator(CHOSEN)).to_have_count(0)
    desk.keyboard.press("Escape")
    expect(desk.locator("#keys")).to_be_hidden()


def test_what_is_open_closes_when_the_focus_leaves_it(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.keyboard.press("Shift+Tab")
    expect(desk.locator("#keys")).to_be_hidden()
    menu = desk.locator(".topbar-end .menu")
    menu.locator("summary").press("Enter")
    expect(menu.get_by_role("button", name="Sign out")).to_be_visible()
    desk.keyboard.press("Shift+Tab")
    expect(menu.get_by_role("button", name="Sign out")).to_be_hidden()
    # And the keys are the page's again.
    desk.keyboard.press("2")
    expect(desk.locator(CHOSEN)).to_have_value("delivery")


@pytest.mark.parametrize("key", ["Control+Enter", "Control+1", "Alt+1", "Control+g"])
def test_the_browsers_own_shortcuts_stay_the_browsers(desk: Page, key: str) -> None:
    desk.keyboard.press(key)
    expect(desk.locator(CHOSEN)).to_have_count(0)
    expect(desk.locator("#guidelines")).to_be_visible()


def test_keys_are_silent_while_somebody_types(desk: Page) -> None:
    desk.keyboard.press("Space")
    reason = desk.get_by_label("Another reason")
    reason.click()
    desk.keyboard.type("1 g?2 3")
    expect(reason).to_have_value("1 g?2 3")
    expect(desk.locator("#keys")).to_be_hidden()
    expect(desk.locator("#card")).to_contain_text("first message")
    desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("second message")
    expect(desk.locator(STATE)).to_have_text("Skipped.")
    assert Assignment.objects.get(state=AssignmentState.SKIPPED).reason == "1 g?2 3"


def test_what_has_the_focus_can_be_seen(desk: Page) -> None:
    desk.locator("body").press("Tab")
    unseen = []
    for _ in range(25):
        seen = desk.evaluate(SEES_FOCUS)
        if seen is not None and not seen[1]:
            unseen.append(seen[0])
        desk.keyboard.press("Tab")
    assert unseen == []


def test_the_last_answer_says_that_all_is_done_and_can_still_be_taken_back(desk: Page) -> None:
    for text in ("first", "second", "third"):
        expect(desk.locator("#card")).to_contain_text(f"{text} message")
        desk.keyboard.press("1")
        desk.keyboard.press("Enter")
    expect(desk.locator("#card")).to_contain_text("All done for now")
    expect(desk.locator(HEADING)).to_be_focused()
    desk.keyboard.press("Backspace")
    expect(desk.locator("#card")).to_contain_text("third message")
    expect(desk.locator(CHOSEN)).to_have_value("refund")


def test_backspace_goes_back_over_ten_answers_and_enter_gives_them_again(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    cast.add(*(f"message number {number:02}" for number in range(12)))
    page = visit(new_context, live_site, cast.annotator)
    open_desk(page, live_site, cast.project)
    for number in range(10):
        expect(page.locator("#card")).to_contain_text(f"number {number:02}")
        page.keyboard.press("1" if number % 2 else "2")
        page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("number 10")
    for number in reversed(range(10)):
        page.keyboard.press("Backspace")
        expect(page.locator("#card")).to_contain_text(f"number {number:02}")
        expect(page.locator(CHOSEN)).to_have_value("refund" if number % 2 else "delivery")
    assert Annotation.objects.current().count() == 0
    for number in range(10):
        expect(page.locator("#card")).to_contain_text(f"number {number:02}")
        page.keyboard.press("3")
        page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("number 10")
    expect(page.locator(".desk-count")).to_have_text("10 done")
    assert set(Annotation.objects.current().values_list("answers__intent", flat=True)) == {"other"}
    # Nobody else lost a place by it, and nobody holds more than the card and the one ahead.
    assert Assignment.objects.open().count() == 2


def test_a_pause_and_idleness_stop_the_clock_and_give_back_what_lies_ahead(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    cast.add("first message", "second message")
    page = visit(new_context, live_site, cast.annotator)
    page.clock.install()
    open_desk(page, live_site, cast.project)
    page.wait_for_load_state("networkidle")
    assert Assignment.objects.open().count() == 2
    with page.expect_response("**/release/"):
        page.keyboard.press("p")
    expect(page.locator("#paused")).to_be_visible()
    assert [lease.item.fields["text"] for lease in Assignment.objects.open()] == ["first message"]
    page.clock.fast_forward("30:00")
    with page.expect_response("**/ahead/"):
        page.keyboard.press("Escape")
    assert Assignment.objects.open().count() == 2
    with page.expect_response("**/release/"):
        page.clock.fast_forward("08:00")
    expect(page.locator("#paused")).to_contain_text("Are you still there?")
    page.get_by_role("button", name="Go on").click()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.locator(STATE)).to_have_text("Saved.")
    # Thirty-eight minutes went by, and next to none of them was work.
    assert (Annotation.objects.get().seconds or 0) < 60


def test_a_flag_and_a_comment_by_keys_alone_reach_those_they_are_for(
    desk: Page, new_context: NewContext, live_site: str, cast: Cast
) -> None:
    desk.keyboard.press("f")
    expect(desk.locator("#flag")).to_be_visible()
    desk.keyboard.press("2")
    expect(desk.locator("#desk-notice")).to_contain_text("Flagged for the reviewers")
    desk.keyboard.press("c")
    expect(desk.locator("#conversation")).to_contain_text("The guidelines do not cover it")
    desk.get_by_label("Your message").focus()
    desk.keyboard.type("Is this one for @le")
    expect(desk.get_by_role("option", name="@lead")).to_be_visible()
    desk.keyboard.press("Enter")
    desk.keyboard.type("<b>perhaps</b>?")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#conversation .comments")).to_contain_text("Is this one for @lead <b>perhaps</b>?")
    desk.keyboard.press("Escape")
    expect(desk.locator("#comments")).to_be_hidden()
    lead = visit(new_context, live_site, cast.lead)
    lead.goto(f"{live_site}/projects/{cast.project.slug}/")
    lead.get_by_role("link", name="Inbox: 1 unread").click()
    lead.get_by_role("link", name="annotator mentioned you on").click()
    expect(lead.get_by_role("main")).to_contain_text("Is this one for @lead")
    lead.get_by_role("button", name="Clear").click()
    expect(lead.get_by_role("main")).not_to_contain_text("The guidelines do not cover it")
    expect(lead.get_by_role("link", name="Inbox", exact=True)).to_be_visible()
    desk.reload()
    expect(desk.get_by_role("link", name="Inbox: 1 unread")).to_be_visible()


def test_a_phone_does_the_same_by_touch(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.add("first message", "second message", "third message")
    change_guidelines(cast.project, "Refunds are about **money**.", user=cast.lead)
    page = visit(new_context, live_site, cast.annotator, viewport=PHONE, has_touch=True, is_mobile=True)
    open_desk(page, live_site, cast.project)
    page.get_by_role("button", name="Guidelines").tap()
    expect(page.locator("#guidelines")).to_contain_text("about money")
    page.get_by_role("button", name="Close").first.tap()
    expect(page.locator("#guidelines")).to_be_hidden()
    page.locator("label.option", has_text="delivery").tap()
    page.locator("#submit-answer").tap()
    expect(page.locator("#card")).to_contain_text("second message")
    page.get_by_role("button", name="Skip").first.tap()
    page.get_by_role("button", name="I am not sure").tap()
    expect(page.locator("#card")).to_contain_text("third message")
    page.get_by_role("button", name="Previous").tap()
    expect(page.locator("#card")).to_contain_text("first message")
    expect(page.locator(CHOSEN)).to_have_value("delivery")
    sizes = page.locator("#card .option, #card .decide .button").evaluate_all(HEIGHTS)
    assert min(sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


HEIGHTS = (
    "elements => elements.filter((each) => each.checkVisibility()).map((each) => each.getBoundingClientRect().height)"
)
# [what has the focus, whether it or what stands for it has an outline or a ring]
SEES_FOCUS = """() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return null;
    const ringed = [focused, focused.closest("label"), focused.parentElement].filter(Boolean).some((element) => {
        const style = getComputedStyle(element);
        return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
    });
    const { width, height } = focused.getBoundingClientRect();
    return [focused.outerHTML.slice(0, 120), ringed && width > 0 && height > 0];
}"""
