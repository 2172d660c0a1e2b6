"""A newcomer's first day: invited by link, an account, the qualification round, work with checks and what they tell."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from annotation.models import Annotation, Item, Membership, Purpose, Qualification, Stage, User
from tests.cast import Cast
from tests.journeys.visits import PHONE, NewContext, Watch, visit

REASON = "They ask for their money."


def answer(page: Page, key: str, done: int) -> None:
    """By keyboard; waits until it has reached the server."""
    heading = page.locator("#card [data-card-heading]")
    before = heading.inner_text()
    page.keyboard.press(key)
    expect(page.locator("#card input[type=radio]:checked")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(heading).not_to_have_text(before)
    expect(page.locator(".desk-count")).to_contain_text(f"{done} done")


def test_from_an_invitation_to_work_that_is_checked(new_context: NewContext, live_site: str, cast: Cast) -> None:
    known = cast.add(
        *(f"known {number}" for number in range(4)), gold={"intent": "refund"}, metadata={"gold_reason": REASON}
    )
    Item.objects.filter(pk__in=[item.pk for item in known]).update(stage=Stage.SETTLED)
    cast.add("first work", "second work", "third work")
    cast.policy(qualification_items=2, qualification_mark=0.5, gold_rate=0.5, gold_feedback=True)

    # The lead makes a link, copies it, and sees it once.
    lead = visit(new_context, live_site, cast.lead)
    watch = Watch(lead, live_site)
    lead.goto(f"{live_site}/projects/{cast.project.slug}/people/")
    lead.get_by_label("Whom it is for").fill("Ada")
    lead.get_by_role("button", name="Make the link").click()
    address = lead.locator("#invitation-link").inner_text()
    lead.goto(f"{live_site}/projects/{cast.project.slug}/people/")
    assert address not in lead.content()

    # Ada has no account: the link makes one, on her phone.
    ada = visit(new_context, live_site, None, viewport=PHONE)
    ada.goto(address)
    ada.get_by_label("Choose a user name").fill("ada")
    ada.get_by_label("Choose a password").fill("correct horse battery")
    ada.get_by_role("button", name="Make my account and join").click()
    expect(ada.get_by_text("Welcome to “Support messages”.")).to_be_visible()

    # The round: one wrong and told so, one right; the end is told on the next card.
    ada.goto(f"{live_site}/projects/{cast.project.slug}/qualification/")
    ada.get_by_role("link", name="Begin").click()
    ada.wait_for_url("**/annotate/", wait_until="load")
    answer(ada, "2", 1)
    expect(ada.locator("#desk-notice")).to_contain_text("The known answer is “Intent: refund”")
    expect(ada.locator("#desk-notice")).to_contain_text(REASON)
    answer(ada, "1", 2)
    expect(ada.locator("#desk-notice")).to_contain_text("You passed: 1 of 2 were right.")

    # Work, and every second item a check that looks the same until it is answered.
    expect(ada.locator("#card")).to_contain_text("first work")
    answer(ada, "1", 3)
    expect(ada.locator("#card")).to_contain_text("known")
    assert "refund" not in ada.locator("#desk-notice").inner_text()
    answer(ada, "1", 4)
    expect(ada.locator("#desk-notice")).to_contain_text("Right: this was a check")
    expect(ada.locator("#card")).to_contain_text("second work")
    person = User.objects.get(username="ada")
    purposes = Annotation.objects.filter(annotator__user=person).order_by("pk").values_list("assignment__purpose")
    assert [purpose for (purpose,) in purposes] == [
        Purpose.QUALIFICATION, Purpose.QUALIFICATION, Purpose.WORK, Purpose.CHECK,
    ]  # fmt: skip
    assert Qualification.objects.get(annotator__user=person).state == "passed"

    # The lead sees how she does, and pauses her; her next look says so.
    member = Membership.objects.get(user=person)
    lead.goto(f"{live_site}/projects/{cast.project.slug}/people/{member.pk}/")
    expect(lead.get_by_text("2 of 3; 95 % interval")).to_be_visible()
    lead.get_by_label("Paused").check()
    lead.get_by_role("button", name="Save").click()
    expect(lead.locator("#toasts")).to_contain_text("Saved.")
    ada.goto(f"{live_site}/projects/{cast.project.slug}/annotate/")
    expect(ada.get_by_role("heading", name="You are paused")).to_be_visible()

    # Removing her asks first.
    lead.goto(f"{live_site}/projects/{cast.project.slug}/people/")
    row = lead.locator("li.member", has_text="ada")
    row.get_by_role("button", name="Remove").click()
    lead.locator("#confirm").get_by_role("button", name="Remove").click()
    expect(lead.locator("#toasts")).to_contain_text("ada is out")
    assert not Membership.objects.filter(user=person).exists()
    assert watch.complaints == []
