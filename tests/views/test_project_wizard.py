"""The design of a project: rows come and go without losing a word, faults stand where they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation.models import ImportJob, Lifecycle, Project, Upload
from annotation.project_templates import NAMES
from tests.cast import Cast
from tests.views.data import signed_in

DESIGN = {
    "name": "Replies",
    "lifecycle": "evaluation",
    "guidelines": "Be *fair*.\r\nAlways.",
    "overlap": "2",
    "template": "",
    "fields-TOTAL_FORMS": "2",
    "fields-INITIAL_FORMS": "0",
    "fields-0-name": "prompt",
    "fields-0-type": "markdown",
    "fields-1-name": "reply",
    "fields-1-type": "text",
    "fields-1-title": "The reply",
    "questions-TOTAL_FORMS": "3",
    "questions-INITIAL_FORMS": "0",
    "questions-0-title": "Is it good?",
    "questions-0-name": "good",
    "questions-0-type": "choice",
    "questions-0-options": "yes = Yes, it is {green, y}\r\nno: it is not {red}\r\nhm\\: odd",
    "questions-0-required": "on",
    "questions-1-title": "What is wrong?",
    "questions-1-type": "spans",
    "questions-1-options": "error {pink, e}",
    "questions-1-field": "reply",
    "questions-1-overlap": "on",
    "questions-1-when_question": "good",
    "questions-1-when_is": "no",
    "questions-2-title": "How long?",
    "questions-2-name": "length",
    "questions-2-type": "rating",
    "questions-2-min": "0",
    "questions-2-max": "3",
    "questions-2-labels": "0: too short\r\n3: too long",
}


def post(cast: Cast, address: str = "project_design", /, **data: Any) -> Any:
    return signed_in(cast.stranger).post(reverse(address), DESIGN | data)


def test_a_design_becomes_a_project_with_all_its_settings(cast: Cast) -> None:
    response = post(cast, do="create")
    project = Project.objects.get(created_by=cast.stranger)
    assert response["Location"] == reverse("imports", args=[project.slug])
    assert [(field["name"], field["type"], field["title"]) for field in project.fields] == [
        ("prompt", "markdown", "Prompt"),
        ("reply", "text", "The reply"),
    ]
    good, wrong, length = project.questions
    assert good["options"][0] == {
        "value": "yes", "title": "Yes, it is", "description": "", "color": "green", "hotkey": "y"
    }  # fmt: skip
    assert [option["value"] for option in good["options"]] == ["yes", "no", "hm: odd"]
    assert (wrong["name"], wrong["field"], wrong["overlap"], wrong["tokens"]) == ("what_is_wrong", "reply", True, False)
    assert wrong["when"] == {"question": "good", "is": ["no"]}
    assert (length["min"], length["max"], length["labels"]) == (0, 3, {"0": "too short", "3": "too long"})
    assert (good["required"], length["required"]) == (True, False)
    assert (project.guidelines, project.overlap, project.lifecycle) == ("Be *fair*.\nAlways.", 2, Lifecycle.EVALUATION)


@pytest.mark.parametrize("name", [*NAMES, ""])
def test_every_template_opens_with_its_card_and_can_be_made_as_it_is(cast: Cast, name: str) -> None:
    response = signed_in(cast.stranger).get(reverse("project_design"), {"template": name})
    assert response.status_code == 200
    # An empty design asks nothing yet, and says so.
    assert bool(response.context["fault"]) == (name == "")
    if not name:
        return
    data: dict[str, Any] = {"do": "create", "template": name}
    for form in (
        response.context["design"].main,
        *response.context["design"].fields,
        *response.context["design"].questions,
    ):
        data |= {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    for formset in (response.context["design"].fields, response.context["design"].questions):
        data |= {f"{formset.prefix}-TOTAL_FORMS": len(formset), f"{formset.prefix}-INITIAL_FORMS": 0}
    made = signed_in(cast.stranger).post(reverse("project_design"), {**data, "name": "Mine"})
    assert made.status_code == 302, made.context["design"].first_fault()


@pytest.mark.parametrize(
    ("fault", "row", "field"),
    [
        ({"name": ""}, "main", "name"),
        ({"overlap": "0"}, "main", "overlap"),
        ({"fields-1-name": "Two Words"}, "fields", "__all__"),
        ({"fields-1-name": "prompt"}, "error", ""),
        ({"questions-0-options": "only"}, "questions-0", "options"),
        ({"questions-0-options": "a {crimson}\nb"}, "questions-0", "options"),
        ({"questions-0-title": ""}, "questions-0", "title"),
        ({"questions-1-field": "prompts"}, "questions-1", "__all__"),
        ({"questions-1-when_is": "maybe"}, "questions-1", "__all__"),
        ({"questions-1-when_question": "later"}, "questions-1", "__all__"),
        ({"questions-1-name": "good"}, "error", ""),
        ({"questions-2-max": "500"}, "questions-2", "__all__"),
        ({"questions-2-labels": "what"}, "questions-2", "labels"),
        ({"questions-2-type": "telepathy"}, "questions-2", "type"),
        ({"questions-TOTAL_FORMS": "0"}, "error", ""),
        ({"questions-TOTAL_FORMS": "x"}, "error", ""),
    ],
)  # fmt: skip
def test_a_fault_is_shown_where_it_is_and_nothing_is_lost(
    cast: Cast, fault: dict[str, str], row: str, field: str
) -> None:
    response = post(cast, **fault)
    assert response.status_code == 422
    design = response.context["design"]
    if row == "error":
        assert design.error
    else:
        forms = {"main": design.main, "fields": design.fields[1]}
        forms |= {f"questions-{number}": form for number, form in enumerate(design.questions)}
        assert forms[row].errors.get(field), [form.errors for form in forms.values()]
    if "questions-TOTAL_FORMS" not in fault:
        assert "Always." in response.content.decode()
        assert "too short" in response.content.decode() or "questions-2-labels" in fault
    assert not Project.objects.filter(created_by=cast.stranger).exists()


@pytest.mark.parametrize(
    ("action", "titles"),
    [
        ("add-question", ["Is it good?", "What is wrong?", "How long?", ""]),
        ("remove-question:1", ["Is it good?", "How long?"]),
        ("up-question:2", ["Is it good?", "How long?", "What is wrong?"]),
        ("up-question:0", ["Is it good?", "What is wrong?", "How long?"]),
        ("remove-question:99", ["Is it good?", "What is wrong?", "How long?"]),
        ("explode", ["Is it good?", "What is wrong?", "How long?"]),
    ],
)
def test_rows_come_and_go_and_keep_what_was_typed(cast: Cast, action: str, titles: list[str]) -> None:
    response = post(cast, do=action, **{"questions-2-max": "not a number"})
    assert response.status_code == 200
    design = response.context["design"]
    assert [form["title"].value() or "" for form in design.questions] == titles
    assert "not a number" in response.content.decode()
    assert (design.main["name"].value(), design.main["overlap"].value()) == ("Replies", "2")
    assert not Project.objects.filter(created_by=cast.stranger).exists()


def test_the_preview_shows_the_card_and_writes_nothing(cast: Cast) -> None:
    html = post(cast, "project_design_preview", sample="My **own** text <script>").content.decode()
    assert "Is it good?" in html
    assert "Yes, it is" in html
    assert "<strong>own</strong>" in html
    assert "<script>" not in html
    broken = post(cast, "project_design_preview", **{"questions-0-options": "one"}).content.decode()
    assert "2 to 200 options" in broken
    assert not Project.objects.filter(created_by=cast.stranger).exists()


def test_a_label_studio_configuration_opens_as_a_design_with_its_losses(cast: Cast) -> None:
    config = """<View><Text name="t" value="$text"/><Choices name="tone" toName="t"><Choice value="kind"/>
    <Choice value="rude"/></Choices><Brush name="x" toName="t"/></View>"""
    client = signed_in(cast.stranger)
    html = client.post(reverse("project_design"), {"label_studio": config}).content.decode()
    assert "rude" in html
    assert "&lt;Brush name=“x”&gt; has no counterpart" in html
    refused = client.post(reverse("project_design"), {"label_studio": "<View><b onclick='x'></View>"})
    assert refused.status_code == 422
    assert "&lt;View&gt;&lt;b onclick" in refused.content.decode()
    assert "This is no XML" in refused.content.decode()


def test_a_project_is_made_from_a_file_which_then_waits_in_it(cast: Cast) -> None:
    client = signed_in(cast.lead)
    rows = b"message,label\nWhere is the parcel that I paid for?,delivery\nMy money back please and soon.,refund\n"
    sent = client.post(reverse("project_from_file"), {"file": SimpleUploadedFile("my_rows.csv", rows)})
    kept = Upload.objects.get(created_by=cast.lead)
    assert sent["Location"] == f"{reverse('project_design')}?upload={kept.pk}"
    assert signed_in(cast.reviewer).get(sent["Location"]).status_code == 404
    design = client.get(sent["Location"]).context["design"]
    assert design.main["name"].value() == "My rows"
    assert [form["name"].value() for form in design.fields] == ["message"]
    assert design.questions[0]["options"].value() == "delivery\nrefund"
    posted = {
        "upload": str(kept.pk), "name": "My rows", "lifecycle": "fine_tuning", "overlap": "1",
        "fields-TOTAL_FORMS": "1", "fields-INITIAL_FORMS": "0", "fields-0-name": "message", "fields-0-type": "text",
        "questions-TOTAL_FORMS": "1", "questions-INITIAL_FORMS": "0", "questions-0-title": "Label",
        "questions-0-type": "choice", "questions-0-options": "delivery\nrefund",
    }  # fmt: skip
    response = client.post(reverse("project_design"), posted)
    job = ImportJob.objects.get()
    assert response["Location"] == reverse("import_detail", args=[job.project.slug, job.pk])
    assert not Upload.objects.exists()
    mapping = client.get(response["Location"]).context["form"]
    assert (mapping["field_message"].value(), mapping["gold_label"].value()) == ("0", "1")
    refused = client.post(reverse("project_from_file"), {"file": SimpleUploadedFile("x.png", b"\x89PNG\r\n")})
    assert refused.status_code == 422
    assert "picture" in refused.content.decode()
