"""A lead designs a project and changes its questions later, with script and without."""

from __future__ import annotations

from playwright.sync_api import expect

from annotation.models import Annotation, Project, SchemaChange
from annotation.workflow.reshaping import reshape_answers
from tests.cast import Cast
from tests.journeys.visits import PHONE, NewContext, Watch, visit


def test_a_design_is_previewed_live_and_becomes_a_project(new_context: NewContext, live_site: str, cast: Cast) -> None:
    page = visit(new_context, live_site, cast.stranger)
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/new/")
    page.get_by_role("link", name="Sentiment").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("The battery lasts two days")
    # Only what belongs to the type is there to be set.
    expect(page.locator("[name=questions-0-min]")).to_be_hidden()
    expect(page.locator("[name=questions-1-min]")).to_be_visible()
    page.locator("[name=questions-0-title]").fill("How does it sound?")
    expect(preview).to_contain_text("How does it sound?")
    # The preview can be tried: the second question appears after the first one's answer.
    expect(preview.get_by_text("How strong is the feeling?")).to_be_hidden()
    preview.get_by_text("Negative").click()
    expect(preview.get_by_text("How strong is the feeling?")).to_be_visible()
    page.get_by_label("Try it with your own text").fill("My own words")
    expect(preview).to_contain_text("My own words")
    page.get_by_role("button", name="Add a question").click()
    expect(page.locator("[name=questions-2-title]")).to_be_focused()
    page.keyboard.type("Which words say so?")
    page.locator("[name=questions-2-type]").select_option("spans")
    expect(preview).to_contain_text("needs 1 to 200 options")
    page.locator("[name=questions-2-options]").fill("praise {green}\nblame {red}")
    expect(preview).to_contain_text("Which words say so?")
    page.locator("#question-3").get_by_role("button", name="Move up").click()
    expect(page.locator("[name=questions-1-title]")).to_have_value("Which words say so?")
    page.get_by_role("button", name="Create project").last.click()
    expect(page.locator("#design")).to_contain_text("This field is required")
    page.get_by_label("Name of the project").fill("Moods")
    page.get_by_role("button", name="Create project").last.click()
    expect(page).to_have_url(f"{live_site}/projects/moods/imports/")
    assert [question["type"] for question in Project.objects.get(slug="moods").questions] == [
        "choice",
        "spans",
        "rating",
    ]
    assert [each for each in watch.complaints if "422" not in each] == []


def test_without_script_a_design_grows_by_plain_forms(new_context: NewContext, live_site: str, cast: Cast) -> None:
    page = visit(new_context, live_site, cast.stranger, java_script_enabled=False, viewport=PHONE)
    page.goto(f"{live_site}/new/design/")
    page.get_by_label("Name of the project").fill("Plain")
    page.locator("[name=questions-0-title]").fill("Good?")
    page.locator("[name=questions-0-options]").fill("yes\nno")
    page.get_by_role("button", name="Add a field").click()
    page.locator("[name=fields-1-name]").fill("author")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("Good?")
    page.get_by_role("button", name="Create project").last.click()
    expect(page).to_have_url(f"{live_site}/projects/plain/imports/")
    assert Project.objects.get(slug="plain").field_names == ["text", "author"]


def test_options_merge_after_a_look_at_the_figures_and_come_back(
    new_context: NewContext, live_site: str, cast: Cast
) -> None:
    cast.add("one", "two")
    cast.answer(cast.annotator, "refund")
    page = visit(new_context, live_site, cast.lead)
    watch = Watch(page, live_site)
    page.goto(f"{live_site}/projects/{cast.project.slug}/settings/")
    page.get_by_role("link", name="Change the questions").click()
    page.locator("#question-intent > summary").click()
    page.get_by_text("Merge options").click()
    page.get_by_role("checkbox", name="refund").check()
    page.get_by_role("checkbox", name="delivery").check()
    page.get_by_label("Into").first.fill("order")
    page.get_by_role("button", name="Check the merge").click()
    expect(page.get_by_role("main")).to_contain_text("“refund” and “delivery” become one option")
    page.get_by_role("button", name="Make this change").click()
    job = page.locator("#changes")
    expect(job).to_contain_text("Pending")
    reshape_answers(SchemaChange.objects.get().pk)
    # The page learns of it by itself.
    expect(job).not_to_contain_text("Pending")
    assert Annotation.objects.get().answers == {"intent": "order"}
    page.get_by_role("button", name="Undo").click()
    page.locator("#confirm").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("The earlier questions are asked again")
    reshape_answers(SchemaChange.objects.first().pk)  # type: ignore[union-attr]
    assert Annotation.objects.get().answers == {"intent": "refund"}
    assert watch.complaints == []
