"""Marking spans in a browser: by mouse, by keys alone, by touch, on whatever text, and nothing lost on the way."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from annotation.models import Consensus, Item, Project, Role
from annotation.workflow.adding import add_items
from annotation.workflow.exporting import export_snapshot, path_of, request_snapshot
from annotation.workflow.people import add_member
from annotation.workflow.projects import Definition, create_project
from tests.cast import Cast
from tests.journeys.bench import LABELS, SITE, card, lay, spans_project
from tests.journeys.test_accessibility import serious
from tests.journeys.visits import PHONE, WIDE, NewContext, Watch, resize, visit
from tests.scripts import hostile_text

ADA = "Ada Lovelace met Charles Babbage in London, at the University of London."
# Where words stand in the window: [left, top, right, bottom].
BOX = """(text, words) => {
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.data.indexOf(words);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        walker.currentNode.parentElement.scrollIntoView({ block: "center", behavior: "instant" });
        const { left, top, right, bottom } = range.getBoundingClientRect();
        return [left, top, right, bottom];
    }
}"""


def held(page: Page) -> list[tuple[str, str]]:
    """(label, quote) of every span in the answer as it would be sent."""
    spans = json.loads(page.locator("[data-spans-answer]").input_value())
    return [(span["label"], span["text"]) for span in spans]


def text_of(page: Page) -> Locator:
    return page.locator("[data-spans-text]")


def select(page: Page, first: str, last: str | None = None, *, alt: bool = False) -> None:
    """Drag from within one word to within another (or the same)."""
    left, top, _, bottom = text_of(page).evaluate(BOX, first)
    _, last_top, right, last_bottom = text_of(page).evaluate(BOX, last or first)
    left, top, _, bottom = text_of(page).evaluate(BOX, first)
    if alt:
        page.keyboard.down("Alt")
    page.mouse.move(left + 1, (top + bottom) / 2)
    page.mouse.down()
    page.mouse.move(right - 1, (last_top + last_bottom) / 2, steps=3)
    page.mouse.up()
    if alt:
        page.keyboard.up("Alt")


def ready(page: Page) -> Page:
    expect(page.locator("[data-type=spans][data-mounted]").first).to_be_visible()
    return page


@pytest.fixture
def project(cast: Cast) -> Project:
    """Asks for names in “text”, and whether the text is good."""
    questions = [
        {"name": "entities", "type": "spans", "title": "Mark the names", "options": LABELS, "field": "text"},
        {"name": "good", "type": "choice", "title": "Is it good?", "options": ["yes", "no"], "required": False},
    ]
    created = create_project(
        Definition("Names", [{"name": "text", "type": "text"}], questions, policy={"audit_share": 0}), user=cast.lead
    )
    add_member(created, cast.annotator, Role.ANNOTATOR, by=cast.lead)
    return created


def test_by_mouse_spans_are_made_changed_and_taken_back(new_context: NewContext) -> None:
    page = new_context(viewport=WIDE, reduced_motion="reduce").new_page()
    watch = Watch(page, SITE)
    suggested = [{"start": 36, "end": 42, "label": "place"}, {"start": 0, "end": 3, "label": "org"}]
    lay(page, card(spans_project(), {"text": ADA}, suggested=suggested))
    ready(page)
    # Ghosts are no answer until they are accepted.
    assert held(page) == []
    expect(page.locator("mark.ghost")).to_have_count(2)
    page.locator("mark.ghost", has_text="Ada").click()
    page.get_by_role("button", name="Dismiss", exact=True).click()
    page.get_by_role("button", name="Accept all").click()
    assert held(page) == [("place", "London")]
    # Selected first, labelled then; words are taken whole.
    select(page, "velace", "arles")
    page.locator(".spans-palette").get_by_role("button", name="Person").click()
    assert held(page) == [("person", "Lovelace met Charles"), ("place", "London")]
    # Armed first: every selection is a span. Alt takes the characters as they are.
    page.locator("[data-spans-labels]").get_by_role("button", name="Organisation").click()
    select(page, "University", "of")
    select(page, "bbag", alt=True)
    assert held(page)[2:] == [("place", "London"), ("org", "University of")]
    assert held(page)[1] == ("org", "bbag")
    page.locator("[data-spans-labels]").get_by_role("button", name="Organisation").click()
    # Undone and done again.
    page.keyboard.press("Control+z")
    assert ("org", "bbag") not in held(page)
    page.keyboard.press("Control+Shift+z")
    assert ("org", "bbag") in held(page)
    # Deleted in the list, which says what each span is.
    row = page.locator("[data-spans-list] li", has_text="bbag")
    row.get_by_role("button", name="Delete").click()
    assert ("org", "bbag") not in held(page)
    # Relabelled and resized by what opens at a click.
    page.locator("mark", has_text="Lovelace met").click()
    page.get_by_role("button", name="Begin a word earlier").click()
    page.get_by_role("button", name="End a word earlier").click()
    page.get_by_role("button", name="End a word earlier").click()
    assert held(page)[0] == ("person", "Ada Lovelace")
    # And by its grip.
    grip = page.locator(".spans-grip.end").bounding_box()
    _, top, right, bottom = text_of(page).evaluate(BOX, " met")
    assert grip
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(right - 2, (top + bottom) / 2, steps=3)
    page.mouse.up()
    assert held(page)[0] == ("person", "Ada Lovelace met")
    page.keyboard.press("Control+z")
    # Nested: the inner one is drawn on a line of its own.
    select(page, "versity", "versity")
    page.keyboard.press("2")
    expect(page.locator("mark.level-1", has_text="University of")).to_have_count(0)
    expect(page.locator("mark.color-orange", has_text="University")).to_be_visible()
    assert held(page) == [
        ("person", "Ada Lovelace"),
        ("place", "London"),
        ("org", "University of"),
        ("place", "University"),
    ]
    assert watch.complaints == []


def test_by_keys_alone_spans_are_made_walked_resized_and_moved(new_context: NewContext) -> None:
    page = new_context(viewport=WIDE, reduced_motion="reduce").new_page()
    lay(page, card(spans_project(), {"text": ADA + "\nשלום עולם"}))
    ready(page)
    keys = page.keyboard
    # Past the labels and the one switch that is on.
    for _ in range(len(LABELS) + 2):
        keys.press("Tab")
    expect(text_of(page)).to_be_focused()
    expect(page.locator(".spans-caret")).to_be_visible()
    # Word by word; with Shift words are selected, and what is selected is said.
    keys.press("Shift+ArrowRight")
    keys.press("Shift+ArrowRight")
    expect(page.locator("[data-spans-note]")).to_have_text("Selected: Ada Lovelace")
    keys.press("1")
    assert held(page) == [("person", "Ada Lovelace")]
    # On to “Babbage”; with Ctrl by character: the choice of what is exact is the keys'.
    for _ in range(2):
        keys.press("ArrowRight")
    keys.press("Control+Shift+ArrowRight")
    keys.press("Control+Shift+ArrowRight")
    keys.press("Enter")
    expect(page.locator(".spans-palette button").first).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    assert held(page)[1] == ("place", "Ch")
    expect(text_of(page)).to_be_focused()
    # Tab walks the spans; brackets and Alt with arrows resize and move them, a label's key changes it.
    keys.press("Home")
    keys.press("Tab")
    expect(page.locator("mark.active")).to_have_text("Ada Lovelace")
    keys.press("Tab")
    expect(page.locator("mark.active")).to_have_text("Ch")
    keys.press("]")
    keys.press("]")
    assert held(page)[1] == ("place", "Charles Babbage")
    keys.press("Alt+ArrowLeft")
    keys.press("Alt+Shift+ArrowLeft")
    assert held(page)[1] == ("place", "met Charles")
    keys.press("Alt+ArrowDown")
    assert held(page)[1] == ("place", "Charles Babbage")
    keys.press("1")
    assert held(page)[1] == ("person", "Charles Babbage")
    keys.press("Shift+Tab")
    keys.press("Delete")
    assert held(page) == [("person", "Charles Babbage")]
    keys.press("Control+z")
    assert len(held(page)) == 2
    # The last line runs the other way, and so do its keys.
    keys.press("Control+End")
    keys.press("Shift+ArrowRight")
    keys.press("3")
    assert held(page)[2] == ("org", "עולם")
    # Escape, then Tab leaves the text, to the list, which is walked by arrows.
    keys.press("Escape")
    keys.press("Tab")
    expect(page.locator("[data-span-row]").first).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Delete")
    assert [label for label, _ in held(page)] == ["person", "org"]


def test_by_touch_a_word_is_tapped_grown_and_labelled(new_context: NewContext) -> None:
    page = new_context(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce").new_page()
    lay(page, card(spans_project(), {"text": ADA}))
    ready(page)

    def tap(words: str) -> None:
        left, top, right, bottom = text_of(page).evaluate(BOX, words)
        page.touchscreen.tap((left + right) / 2, (top + bottom) / 2)

    palette = page.locator(".spans-palette")
    tap("Ada")
    expect(palette).to_be_visible()
    tap("Lovelace")
    expect(page.locator("[data-spans-note]")).to_have_text("")
    palette.get_by_role("button", name="Person").tap()
    assert held(page) == [("person", "Ada Lovelace")]
    # With a label armed a tap is enough.
    page.locator("[data-spans-labels]").get_by_role("button", name="Place").tap()
    tap("London,")
    expect(page.locator("[data-spans-list] li")).to_have_count(2)
    page.locator("[data-spans-labels]").get_by_role("button", name="Place").tap()
    tap("Lovelace")
    page.get_by_role("button", name="End a word earlier").tap()
    assert held(page) == [("person", "Ada"), ("place", "London")]
    sizes = palette.get_by_role("button").evaluate_all("all => all.map((each) => each.getBoundingClientRect().height)")
    assert min(sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_models_spans_are_ghosts_to_annotators_and_the_proposal_to_reviewers(
    new_context: NewContext, live_site: str, cast: Cast, project: Project
) -> None:
    spans = [{"start": 0, "end": 12, "label": "person"}, {"start": 36, "end": 42, "label": "place"}]
    said = {"annotator": "Robot", "answers": {"entities": spans}, "kind": "model"}
    add_items(project, [{"fields": {"text": ADA}, "annotations": [said]}])
    page = visit(new_context, live_site, cast.annotator)
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/projects/{project.slug}/annotate/")
    ready(page)
    # The text is shown once, by its question.
    assert page.locator("#card").inner_text().count("Babbage") == 1
    expect(page.locator("mark.ghost")).to_have_count(2)
    assert held(page) == []
    page.get_by_role("button", name="Accept all").click()
    assert held(page) == [("person", "Ada Lovelace"), ("place", "London")]
    item = Item.objects.get(project=project)
    review = visit(new_context, live_site, cast.lead)
    watch_review = Watch(review, live_site)
    review.goto(f"{live_site}/projects/{project.slug}/review/{item.pk}/")
    ready(review)
    expect(review.locator("[data-spans-text] mark")).to_have_count(2)
    select(review, "Charles", "Babbage")
    review.keyboard.press("1")
    review.locator("#resolve").click()
    expect(review.locator("#card")).to_contain_text("Nothing left to review")
    kept = Consensus.objects.get(item=item, question="entities").value
    assert [span["text"] for span in kept] == ["Ada Lovelace", "Charles Babbage", "London"]
    assert watch.complaints == watch_review.complaints == []


def test_spans_come_out_of_the_product_and_go_into_another_as_they_were_marked(
    new_context: NewContext, live_site: str, cast: Cast, project: Project
) -> None:
    random = Random(7)
    texts = [f"{number}. {hostile_text(random)} word" for number in range(8)]
    add_items(project, [{"fields": {"text": text}} for text in texts])
    page = visit(new_context, live_site, cast.annotator)
    page.goto(f"{live_site}/projects/{project.slug}/annotate/")
    seen: dict[str, list[Any]] = {}
    for _ in texts:
        ready(page)
        text_of(page).focus()
        page.keyboard.press("Control+Home")
        for number in range(3):
            page.keyboard.press("Shift+ArrowRight")
            page.keyboard.press("Shift+ArrowRight")
            page.keyboard.press(str(number + 1))
        number = text_of(page).evaluate("text => text.textContent").split(".")[0]
        seen[number] = json.loads(page.locator("[data-spans-answer]").input_value())
        page.locator("#submit-answer").click()
        expect(page.locator("#card")).not_to_contain_text(f"{number}. ")
    snapshot = request_snapshot(project, format="jsonl", user=cast.lead)
    export_snapshot(snapshot.pk)
    snapshot.refresh_from_db()
    lines = path_of(snapshot).read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    assert {row["fields"]["text"] for row in rows} == set(texts)
    again = create_project(
        Definition("Again", project.fields, project.questions, policy={"audit_share": 0}), user=cast.lead
    )
    entries = [
        {
            "fields": row["fields"],
            "annotations": [
                {"annotator": "Earlier", "answers": {"entities": row["labels"]["entities"]["value"]}, "kind": "human"}
            ],
        }
        for row in rows
    ]
    answer = cast.api(cast.lead).post(f"/api/v1/projects/{again.slug}/items/", entries, format="json")
    assert answer.json()["created"] == len(texts), answer.json()
    for item in Item.objects.filter(project=again):
        assert item.annotations.get().answers["entities"] == seen[item.fields["text"].split(".")[0]]
        assert Consensus.objects.get(item=item, question="entities").value == seen[item.fields["text"].split(".")[0]]


def test_without_script_a_draft_is_sent_as_it_came(new_context: NewContext) -> None:
    draft = [{"start": 0, "end": 3, "label": "person", "text": "Ada"}]
    plain = new_context(java_script_enabled=False).new_page()
    lay(plain, card(spans_project(), {"text": "Ada\r\n<b>Lovelace</b>"}, draft=draft))
    expect(plain.locator("noscript .notice")).to_be_visible()
    expect(text_of(plain)).to_contain_text("<b>Lovelace</b>")
    assert json.loads(plain.locator("[data-spans-answer]").input_value()) == draft


def test_a_card_with_spans_and_every_kind_of_field_has_no_serious_fault(new_context: NewContext) -> None:
    page = new_context(viewport=WIDE, reduced_motion="reduce").new_page()
    names = {"context": "markdown", "chat": "chat", "a": "response", "b": "response", "facts": "table", "text": "text"}
    asked = spans_project(fields=[{"name": name, "type": kind} for name, kind in names.items()])
    turns = [{"role": role, "content": f"{role}\nspeaks"} for role in ("system", "user", "assistant")]
    table = {"columns": ["city", "people"], "rows": [["Berlin", "3"], ["Rome", "2"]]}
    values = {"context": "# A\n\n**b**", "chat": turns, "a": "One", "b": "Two", "facts": table, "text": ADA}
    spans = [{"start": at, "end": at + 9, "label": label} for at, label in ((0, "person"), (4, "place"), (20, "org"))]
    lay(page, card(asked, values, draft=spans[:2], suggested=spans[2:]))
    ready(page)
    page.evaluate("document.querySelector('.question').scrollIntoView()")
    page.locator("mark", has_text="Ada").first.click()
    assert serious(page, "a card with spans") == []
    sides = page.locator(".response").evaluate_all("all => all.map((each) => each.getBoundingClientRect().top)")
    assert sides[0] == sides[1]
    resize(page, PHONE)
    sides = page.locator(".response").evaluate_all("all => all.map((each) => each.getBoundingClientRect().top)")
    assert sides[0] < sides[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
