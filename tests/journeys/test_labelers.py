"""A lead decides which model to let loose: what it would be asked, its answers to ten items, where it goes wrong."""

from __future__ import annotations

from playwright.sync_api import expect

from annotation.models import Checkpoint, Labeler, Run
from annotation.workflow.calibrating import calibrate
from tests.cast import Cast
from tests.journeys.test_accessibility import serious
from tests.journeys.visits import PHONE, NewContext, Watch, resize, visit
from tests.measuring import SAID, measured_labeler
from tests.runs import work


def test_preview_try_compare_and_follow_a_mistake_to_its_items(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    labeler = measured_labeler(cast, SAID * 3)
    while calibrate(labeler.pk):
        pass
    page = visit(new_context, live_site, cast.lead, color_scheme="light")
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/projects/{cast.project.slug}/models/")
    page.get_by_label("Extra instructions").fill("Mind <b>the</b> tone.")
    expect(page.locator("#preview")).to_contain_text("Mind <b>the</b> tone.")
    page.get_by_label("Their numbers").fill("none")
    page.get_by_label("Items").last.select_option("ids")
    expect(page.locator("#preview")).to_contain_text("There is nothing to show yet")

    page.get_by_role("link", name="Robot v1").first.click()
    expect(page.get_by_role("heading", name="How far to trust its probabilities")).to_be_visible()
    page.get_by_role("button", name="Try it on ten items").click()
    expect(page.locator("#tried")).to_contain_text("Waiting")
    run = Run.objects.get(purpose="try")
    work(run)
    expect(page.locator("#tried")).to_contain_text("Word for word")
    page.get_by_role("link", name="Robot v1", exact=True).click()
    page.get_by_role("link", name="6 that people call refund and the model delivery").click()
    expect(page.locator("#items tbody tr")).to_have_count(6)
    expect(page.locator(".notice")).to_contain_text("People, blind: refund")
    assert watch.complaints == []


def test_the_page_of_a_measured_model_has_no_serious_fault_and_fits_a_phone(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    labeler = measured_labeler(cast, SAID * 3)
    for number, answers in enumerate((0, 20, 50), 1):
        metrics = {"intent": {"accuracy": 0.5 + answers / 100}}
        Checkpoint.objects.create(
            labeler=labeler, number=number, answers=answers, metrics=metrics, weights=b"", digest="x"
        )
    while calibrate(labeler.pk):
        pass
    page = visit(new_context, live_site, cast.lead, color_scheme="light")
    root, faults = f"{live_site}/projects/{cast.project.slug}", []
    for name, address in {
        "model": f"{root}/models/{labeler.pk}/",
        "models": f"{root}/models/",
        "try": f"{root}/models/{labeler.pk}/try/",
        "preview": f"{root}/models/preview/",
        "comparison": f"{root}/items/?labeler={labeler.pk}&question=intent&people=refund&model=delivery",
    }.items():
        page.goto(address)
        for details in page.locator("main details").all():
            details.evaluate("details => details.open = true")
        faults += serious(page, name)
        resize(page, PHONE)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{name}: wider than a phone")
    assert faults == []


def test_without_script_the_prompt_is_shown_by_a_button(new_context: NewContext, live_site: str, cast: Cast) -> None:
    cast.add("Where is my parcel?")
    page = visit(new_context, live_site, cast.lead, java_script_enabled=False)
    page.goto(f"{live_site}/projects/{cast.project.slug}/models/")
    page.get_by_label("Extra instructions").fill("Mind the tone.")
    page.get_by_label("Name", exact=True).fill("Careful")
    page.get_by_role("button", name="Show the prompt").click()
    expect(page.locator("#preview")).to_contain_text("Where is my parcel?")
    expect(page.locator("#preview")).to_contain_text("Mind the tone.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Careful v1")).to_be_visible()
    assert Labeler.objects.get(name="Careful").config["instructions"] == "Mind the tone."


def test_the_form_shows_the_chosen_kinds_settings_alone(new_context: NewContext, live_site: str, cast: Cast) -> None:
    page = visit(new_context, live_site, cast.lead)
    page.goto(f"{live_site}/projects/{cast.project.slug}/models/")
    expect(page.get_by_label("Language model")).to_be_visible()
    expect(page.get_by_text("It needs no settings")).to_be_hidden()
    page.get_by_label("Trained on your answers").check()
    expect(page.get_by_label("Language model")).to_be_hidden()
    expect(page.get_by_text("More settings")).to_be_hidden()
    expect(page.get_by_text("It needs no settings")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Learner")
    page.get_by_role("button", name="Save").or_(page.get_by_role("button", name="Add")).first.click()
    expect(page.get_by_role("heading", name="Learner v1")).to_be_visible()
    assert Labeler.objects.get(name="Learner").config == {}
