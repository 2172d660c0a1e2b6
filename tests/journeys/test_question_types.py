"""One project that asks everything: answered by keyboard alone, by mouse, by touch and without script (spans apart)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from annotation.models import Annotation, Item, Project, Resolution
from annotation.workflow.adding import add_items
from annotation.workflow.people import add_member
from annotation.workflow.preferences import set_hotkeys
from annotation.workflow.projects import Definition, create_project
from tests.cast import SCRIPTED, Cast
from tests.journeys.test_accessibility import serious
from tests.journeys.visits import PHONE, NewContext, Watch, open_desk, visit

FIELDS = [
    {"name": "text", "type": "text"},
    {"name": "first", "type": "response", "title": "First reply"},
    {"name": "second", "type": "response", "title": "Second reply"},
]
LANGUAGES = ["Arabic", "Bengali", "Czech", "Danish", "English", "Finnish", "French", "German", "Greek", "Hindi",
             "Italian", "Japanese", "Korean", "Polish"]  # fmt: skip
REFUND = {"value": "refund", "title": "Refund", "color": "red", "hotkey": "r", "description": "Wants money back."}
QUESTIONS: list[dict[str, Any]] = [
    {"name": "intent", "type": "choice", "title": "Intent", "options": [REFUND, "delivery", "other"]},
    {"name": "why", "type": "text", "title": "Which one?", "when": {"question": "intent", "is": ["other"]}},
    {
        "name": "topics", "type": "multichoice", "title": "Topics", "options": ["money", "parcel", "tone"],
        "at_least": 0, "at_most": 2,
    },
    {"name": "urgency", "type": "rating", "title": "Urgency", "labels": {"1": "can wait", "5": "now"}},
    {"name": "certainty", "type": "rating", "title": "How certain?", "min": 0, "max": 100, "required": False},
    {"name": "better", "type": "ranking", "title": "Which reply is better?", "options": ["first", "second"]},
    {"name": "order", "type": "ranking", "title": "What matters most?", "options": ["speed", "price", "kindness"]},
    {"name": "language", "type": "choice", "title": "Language", "options": LANGUAGES},
    {"name": "corrected", "type": "text", "title": "Correct the text", "field": "text"},
]  # fmt: skip
TEXT = "I want my mony back."


@pytest.fixture
def project(cast: Cast) -> Project:
    definition = Definition(name="Everything", fields=FIELDS, questions=QUESTIONS, policy={"audit_share": 0})
    made = create_project(definition, user=cast.lead, judge=SCRIPTED)
    for person, role in ((cast.annotator, "annotator"), (cast.reviewer, "reviewer")):
        add_member(made, person, role, by=cast.lead)
    return made


def add(project: Project, *texts: str, **entry: Any) -> None:
    replies = {"first": "Here it is.", "second": "No."}
    add_items(project, [{"fields": {"text": text, **replies}, **entry} for text in texts])


def question(page: Page, name: str) -> Locator:
    return page.locator(f"fieldset[data-question={name}]")


def answers(page: Page) -> dict[str, Any]:
    """What was stored of the answer that was just sent; the next card is painted before that is known."""
    expect(page.locator(".save-state")).to_have_text("Saved.")
    return dict(Annotation.objects.current().latest("pk").answers)


def test_by_keyboard_alone(new_context: NewContext, live_site: str, cast: Cast, project: Project) -> None:
    set_hotkeys(cast.annotator, {"next": "n"})
    add(project, TEXT, "second message")
    page = visit(new_context, live_site, cast.annotator)
    watch = Watch(page, live_site)
    open_desk(page, live_site, project)
    press = page.keyboard.press
    expect(question(page, "intent")).to_have_attribute("data-active", "")
    press("3")
    expect(question(page, "why")).to_be_visible()
    # Keys are text while somebody writes, and Escape ends it.
    press("t")
    page.keyboard.type("r g 1?")
    press("Escape")
    press("r")
    expect(question(page, "why")).to_be_hidden()
    expect(question(page, "topics")).to_have_attribute("data-active", "")
    press("1")
    press("3")
    press("2")
    expect(question(page, "topics")).to_contain_text("Choose at most 2 options.")
    press("2")
    press("n")
    press("4")
    press("4")
    press("2")
    expect(question(page, "certainty").locator("input[type=number]")).to_have_value("42")
    press("=")
    expect(question(page, "better").locator(":checked")).to_have_count(1)
    press("3")
    press("=")
    press("1")
    expect(question(page, "order").locator("[data-order]")).to_contain_text("1: ")
    expect(question(page, "language")).to_have_attribute("data-active", "")
    press("/")
    page.keyboard.type("ger")
    press("Enter")
    expect(question(page, "language").locator(":checked")).to_have_value("German")
    press("?")
    expect(page.locator("#keys")).to_contain_text("Refund")
    expect(page.locator("#keys")).to_contain_text("Stop writing")
    press("Escape")
    press("n")
    expect(question(page, "corrected").locator("textarea")).to_be_focused()
    press("Control+End")
    page.keyboard.type(" Now.")
    expect(question(page, "corrected").locator("ins")).to_contain_text("Now")
    press("Control+Enter")
    expect(page.locator("#card")).to_contain_text("second message")
    stored = answers(page)
    order = Annotation.objects.get().shown["order"]
    assert stored == {
        "intent": "refund",
        "topics": ["money", "tone"],
        "urgency": 4,
        "certainty": 42,
        "better": [["first", "second"]],
        "order": [[each for each in ("speed", "price", "kindness") if each in (order[2], order[0])], [order[1]]],
        "language": "German",
        "corrected": "I want my mony back. Now.",
    }
    # What was written before the mind was changed comes back with the question.
    press("3")
    expect(question(page, "why").locator("textarea")).to_have_value("")
    press("r")
    press("Enter")
    expect(question(page, "urgency").locator("input").first).to_be_focused()
    assert watch.complaints == []


def test_by_mouse_with_a_suggestion_then_reviewed(
    new_context: NewContext, live_site: str, cast: Cast, project: Project
) -> None:
    suggested = {
        "intent": "delivery", "topics": ["parcel"], "urgency": 2, "better": [["second"], ["first"]],
        "order": [["price"], ["kindness", "speed"]], "language": "Greek", "corrected": "I want my money back.",
    }  # fmt: skip
    vote = {"annotator": "Robot", "answers": suggested, "rationale": "They ask for it."}
    add(project, TEXT, annotations=[{**vote, "distribution": {"intent": {"delivery": 0.8, "other": 0.2}}}])
    page = visit(new_context, live_site, cast.annotator, color_scheme="light")
    watch = Watch(page, live_site)
    open_desk(page, live_site, project)
    expect(question(page, "corrected").locator("textarea")).to_have_value("I want my money back.")
    expect(question(page, "corrected").locator("del")).to_contain_text("mony")
    page.get_by_role("button", name="Accept").click()
    expect(question(page, "order").locator("[data-place]").first).to_have_text("1")
    assert serious(page, "a card that asks everything") == []
    question(page, "topics").get_by_text("tone").click()
    question(page, "certainty").locator("input[type=range]").fill("80")
    order = question(page, "order")
    order.evaluate("each => each.scrollIntoView({ block: 'center' })")
    handle = order.locator("li", has_text="speed").locator("[data-handle]").bounding_box()
    first = order.locator("li").first.bounding_box()
    assert handle and first
    page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    page.mouse.down()
    page.mouse.move(first["x"] + 20, first["y"] + first["height"] - 3, steps=4)
    page.mouse.move(first["x"] + 20, first["y"] + 3, steps=4)
    page.mouse.up()
    expect(order.locator("li").first).to_contain_text("speed")
    order.get_by_role("button", name="speed down").click()
    page.reload()
    expect(page.locator("#announcer")).to_contain_text("unsaved answer")
    expect(order.locator("li").first).to_contain_text("price")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#card")).to_contain_text("All done for now")
    changed = {"topics": ["parcel", "tone"], "certainty": 80, "order": [["price"], ["speed"], ["kindness"]]}
    assert answers(page) == {**suggested, **changed}
    assert Annotation.objects.latest("pk").suggestion_seen

    item = Item.objects.get(project=project)
    Item.objects.filter(pk=item.pk).update(stage="review")
    review = visit(new_context, live_site, cast.reviewer, color_scheme="light")
    review.goto(f"{live_site}/projects/{project.slug}/review/{item.pk}/")
    expect(review.locator(".votes")).to_contain_text("price > speed > kindness")
    review.get_by_role("button", name="Use the answer of Robot").click()
    expect(question(review, "order").locator("[data-place]")).to_have_text(["1", "2", "2"])
    review.get_by_role("button", name="Use the answer of annotator").click()
    decision = review.locator("[data-decision]")
    named = decision.text_content()
    question(review, "urgency").get_by_text("5", exact=True).click()
    expect(decision).to_have_text("Override")
    assert named in ("Accept", "Override")
    # Somebody answers meanwhile: the choice is kept, and decided in full knowledge.
    Item.objects.filter(pk=item.pk).update(version=item.version + 5)
    review.locator("#resolve").click()
    expect(review.locator(".conflict")).to_be_visible()
    expect(question(review, "urgency").locator(":checked")).to_have_value("5")
    expect(question(review, "order").locator("li").first).to_contain_text("price")
    review.locator("#resolve").click()
    expect(review.get_by_role("main")).to_contain_text("Nothing left to review")
    assert Resolution.objects.get().answers == {**suggested, **changed, "urgency": 5}
    assert watch.complaints == []


def test_by_touch(new_context: NewContext, live_site: str, cast: Cast, project: Project) -> None:
    add(project, TEXT, "second message")
    page = visit(new_context, live_site, cast.annotator, viewport=PHONE, has_touch=True, is_mobile=True)
    open_desk(page, live_site, project)
    question(page, "intent").get_by_text("Refund").tap()
    question(page, "topics").get_by_text("money").tap()
    question(page, "urgency").get_by_text("now").tap()
    question(page, "language").get_by_text("Greek").tap()
    sides = question(page, "better").locator("label")
    sides.nth(0).tap()
    rows = question(page, "order").locator("li")
    wanted = rows.nth(2).get_attribute("data-value")
    question(page, "order").evaluate("each => each.scrollIntoView({ block: 'center' })")
    handle, top = rows.nth(2).locator("[data-handle]").bounding_box(), rows.nth(0).bounding_box()
    assert handle and top
    begin = (handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    drag(page, begin, (begin[0], top["y"] + 3))
    expect(rows.nth(0)).to_have_attribute("data-value", wanted or "")
    sizes = page.locator("#card .option, #card .ranking-moves .button, #card .ranking-title").evaluate_all(
        "all => all.filter((each) => each.checkVisibility()).map((each) => each.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.evaluate("scrollTo(0, 0)")
    # Along the page is scrolling, however far it goes aside; across it, to the right, is an answer.
    drag(page, (100, 300), (210, 420))
    expect(page.locator("#card")).to_contain_text(TEXT)
    page.evaluate("scrollTo(0, 0)")
    box = page.locator(".card-section").first.bounding_box()
    assert box
    drag(page, (100, box["y"] + 20), (300, box["y"] + 22))
    expect(page.locator("#card")).to_contain_text("second message")
    stored = answers(page)
    left, right = Annotation.objects.get().shown["better"]
    assert (stored["order"][0], stored["better"]) == ([wanted], [[left], [right]])
    assert (stored["intent"], stored["topics"], stored["urgency"], stored["language"]) == (
        "refund",
        ["money"],
        5,
        "Greek",
    )


def test_without_script(new_context: NewContext, live_site: str, cast: Cast, project: Project) -> None:
    add(project, TEXT)
    page = open_desk(visit(new_context, live_site, cast.annotator, java_script_enabled=False), live_site, project)
    submit = page.get_by_role("button", name="Submit")
    assert "Asked only where “Intent” is other." in question(page, "why").inner_text()
    question(page, "intent").get_by_label("Refund").check()
    question(page, "why").get_by_role("textbox").fill("It is about both.")
    question(page, "topics").get_by_label("money").check()
    question(page, "urgency").get_by_text("now").click()
    question(page, "certainty").get_by_role("spinbutton").fill("100")
    question(page, "better").get_by_text("Tie").click()
    places = question(page, "order")
    places.get_by_label("Place of speed").select_option("2")
    places.get_by_label("Place of price").select_option("1")
    question(page, "language").get_by_label("Polish").check()
    question(page, "corrected").get_by_role("textbox").fill("I want my money\nback.")
    submit.click()
    # What was not asked is said at its question, and nothing that was chosen is lost.
    expect(question(page, "why").get_by_role("alert")).to_contain_text("not asked here: only where “Intent” is other")
    question(page, "why").get_by_role("textbox").fill("")
    expect(places.get_by_label("Place of price")).to_have_value('["price", 1]')
    submit.click()
    expect(places.get_by_role("alert")).to_contain_text("ranks every option exactly once")
    places.get_by_label("Place of kindness").select_option("2")
    submit.click()
    expect(page.locator("#card")).to_contain_text("All done for now")
    assert Annotation.objects.get().answers == {
        "intent": "refund",
        "topics": ["money"],
        "urgency": 5,
        "certainty": 100,
        "better": [["first", "second"]],
        "order": [["price"], ["speed", "kindness"]],
        "language": "Polish",
        "corrected": "I want my money\nback.",
    }


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One finger from here to there."""
    session = page.context.new_cdp_session(page)
    steps = [(start[0] + (end[0] - start[0]) * n / 6, start[1] + (end[1] - start[1]) * n / 6) for n in range(7)]
    for number, (x, y) in enumerate(steps):
        kind = "touchStart" if number == 0 else "touchMove"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()
