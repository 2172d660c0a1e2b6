"""A reviewer's day by keys alone: decide, return, say that nobody can tell, decide many, take back."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Consensus, Item, Resolution, ReturnedAnswer, Stage
from annotation.workflow.adding import add_items
from annotation.workflow.people import add_member
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.reviewing import resolve
from tests.cast import SCRIPTED, Cast

from .test_accessibility import serious
from .visits import PHONE, NewContext, Watch, visit

pytestmark = pytest.mark.django_db(transaction=True)
STATE = "#card .save-state"
COVERED = """() => {
    const shown = document.activeElement.closest("#card label") ?? document.activeElement;
    const box = shown.getBoundingClientRect();
    const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return shown.closest("#card") && !shown.contains(above) ? shown.textContent : null;
}"""


def test_by_keyboard_alone(cast: Cast, live_site: str, new_context: NewContext) -> None:
    items = cast.dispute(*(f"message {number}" for number in range(8)))
    page = visit(new_context, live_site, cast.reviewer)
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/projects/{cast.project.slug}/review/?reason=disputed")
    expect(page.get_by_role("link", name=re.compile("Disputed"))).to_contain_text("8")
    page.get_by_role("link", name="Start reviewing").press("Enter")
    heading = page.locator("#card-heading")
    expect(heading).to_have_text(f"Item {items[0].pk}")
    expect(page.locator("[data-merges]").first).to_be_visible()

    # The second vote as it is.
    page.keyboard.press("Shift+Digit2")
    expect(page.locator("[data-decision]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(STATE)).to_have_text("Decided.")
    expect(heading).to_have_text(f"Item {items[1].pk}")
    assert Consensus.objects.get(item=items[0]).value == "delivery"

    # Back to who gave it.
    page.keyboard.press("r")
    page.keyboard.type("Read it to the end.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(STATE)).to_have_text("Returned.")
    expect(heading).to_have_text(f"Item {items[2].pk}")
    returned = ReturnedAnswer.objects.get()
    assert (returned.item_id, returned.comment) == (items[1].pk, "Read it to the end.")

    # Nobody can tell; and after all, one can.
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    expect(heading).to_have_text(f"Item {items[3].pk}")
    assert Consensus.objects.get(item=items[2]).distribution["refund"] == 0.5
    page.keyboard.press("Backspace")
    expect(heading).to_have_text(f"Item {items[2].pk}")
    expect(page.locator(STATE)).to_have_text("Taken back.")
    assert Item.objects.get(pk=items[2].pk).stage == Stage.REVIEW
    page.keyboard.press("s")
    expect(heading).to_have_text(f"Item {items[3].pk}")

    # One decision for its look-alikes; of which somebody decides one meanwhile.
    page.keyboard.press("3")
    page.keyboard.press("b")
    expect(page.locator("[name=alike]")).to_have_count(5)
    changed = Item.objects.get(pk=items[7].pk)
    changed.project = cast.project
    resolve(item=changed, reviewer=cast.lead, answers={"intent": "refund"}, version=changed.version)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#card")).to_contain_text("Nothing left to review")
    expect(page.locator(STATE)).to_have_text("Decided 5 items.")
    expect(page.locator("#card .notice")).to_contain_text(f"Item {items[7].pk}: This item changed")
    assert Consensus.objects.filter(item__in=items[3:7], value="other").count() == 4
    assert Consensus.objects.get(item=items[7]).value == "refund"

    # The sheet names the keys, and the last ten decisions can be looked up.
    page.goto(f"{live_site}/projects/{cast.project.slug}/review/decisions/")
    expect(page.get_by_role("button", name=re.compile("Take back the decision"))).to_have_count(6)
    assert watch.complaints == []
    _the_annotator_is_told(cast, live_site, new_context)


def _the_annotator_is_told(cast: Cast, live_site: str, new_context: NewContext) -> None:
    page = visit(new_context, live_site, cast.annotator)
    page.goto(f"{live_site}/inbox/")
    page.get_by_role("link", name=re.compile("returned your answer")).click()
    expect(page.locator("#card")).to_contain_text("Read it to the end.")
    expect(page.locator("#card input:checked")).to_have_value("refund")


def test_nothing_lies_over_what_has_the_focus(cast: Cast, live_site: str, new_context: NewContext) -> None:
    """Neither the bar above nor the buttons below: WCAG 2.2, 2.4.11."""
    [item] = cast.dispute("message")
    page = visit(new_context, live_site, cast.reviewer, viewport=PHONE)
    page.goto(f"{live_site}/projects/{cast.project.slug}/review/{item.pk}/")
    covered = []
    for key in ["Tab"] * 26 + ["Shift+Tab"] * 26:
        page.keyboard.press(key)
        covered += [text for text in [page.evaluate(COVERED)] if text is not None]
    assert covered == []


def test_of_two_reviewers_the_second_returns_nothing_unseen_and_loses_nothing(
    cast: Cast, live_site: str, new_context: NewContext
) -> None:
    """C5."""
    [item] = cast.dispute("message")
    page = visit(new_context, live_site, cast.reviewer, viewport=PHONE)
    page.goto(f"{live_site}/projects/{cast.project.slug}/review/{item.pk}/")
    seen = Item.objects.get(pk=item.pk)
    seen.project = cast.project
    page.locator("#comment").fill("Mine.")
    page.locator("#card input[value=other]").check()
    resolve(item=seen, reviewer=cast.lead, answers={"intent": "refund"}, version=seen.version, comment="Theirs.")
    page.locator("#resolve").click()
    expect(page.locator(".conflict")).to_contain_text("lead decided this item")
    expect(page.locator("#comment")).to_have_value("Mine.")
    expect(page.locator("#card input[value=other]")).to_be_checked()
    assert Resolution.objects.count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_spans_from_everybody_are_taken_or_left_one_by_one(cast: Cast, live_site: str, new_context: NewContext) -> None:
    project = create_project(
        Definition(
            name="Names",
            fields=[{"name": "text", "type": "text"}],
            questions=[{"name": "names", "type": "spans", "title": "Names", "options": ["person", "place"]}],
            policy={"audit_share": 0, "overlap": 2},
        ),
        user=cast.lead,
        judge=SCRIPTED,
    )
    project.labelers.update(active=False)
    add_member(project, cast.reviewer, "reviewer", by=cast.lead)
    ada, london = {"start": 0, "end": 3, "label": "person"}, {"start": 13, "end": 19, "label": "place"}
    full = {"start": 0, "end": 12, "label": "person"}
    votes = [
        {"annotator": name, "answers": {"names": spans}} for name, spans in (("ida", [ada, london]), ("otto", [full]))
    ]
    add_items(project, [{"fields": {"text": "Ada Lovelace London"}, "annotations": votes}])
    item = project.items.get()
    assert item.stage == Stage.REVIEW
    page = visit(new_context, live_site, cast.reviewer)
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/projects/{project.slug}/review/{item.pk}/")
    boxes = page.locator("[data-span-merge] input")
    expect(boxes).to_have_count(3)

    # Nothing is marked by more than half: by keys, the long name and the town.
    page.locator("body").press("t")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert _held(page) == ["Ada Lovelace", "London"]
    page.keyboard.press("Space")
    assert _held(page) == ["Ada Lovelace"]

    # By rule, with the boxes following.
    page.get_by_role("button", name="All that anybody marked").click()
    assert _held(page) == ["Ada Lovelace", "London"]
    expect(boxes.nth(2)).to_be_checked()
    expect(boxes.nth(0)).not_to_be_checked()
    assert not serious(page, "spans of everybody")
    page.locator("#resolve").click()
    expect(page.locator("#card")).to_contain_text("Nothing left to review")
    assert [span["text"] for span in Consensus.objects.get(item=item).value] == ["Ada Lovelace", "London"]
    assert watch.complaints == []


def _held(page: Page) -> list[str]:
    return [span["text"] for span in json.loads(page.locator("[data-spans-answer]").input_value())]
