"""The page of a project's questions: every change is shown in figures first, and made only when confirmed."""

from __future__ import annotations

import json
from typing import Any

from annotation.models import Annotation, Project, SchemaChange
from annotation.workflow.reshaping import change_questions, reshape_answers
from tests.cast import OPTIONS, Cast
from tests.views.data import page, signed_in


def preview(cast: Cast, kind: str, **data: Any) -> Any:
    return signed_in(cast.lead).post(page("schema_preview", cast), {"kind": kind, "question": "intent", **data})


def confirm(cast: Cast, shown: Any) -> Any:
    values = {"change": shown.context["change"], "version": shown.context["version"]}
    return signed_in(cast.lead).post(page("schema_change", cast), values)


def options_as_shown(*changes: dict[str, str]) -> dict[str, str]:
    data = {"options-TOTAL_FORMS": "5", "options-INITIAL_FORMS": "3"}
    for place, value in enumerate(OPTIONS):
        data |= {
            f"options-{place}-{key}": v for key, v in {"was": value, "value": value, "place": str(place + 1)}.items()
        }
    for change in changes:
        data |= change
    return data


def test_options_are_renamed_added_retired_and_put_in_order_at_once(cast: Cast) -> None:
    cast.add("one")
    cast.answer(cast.annotator, "delivery")
    changes = {
        "options-1-value": "parcel",
        "options-1-place": "1",
        "options-1-color": "green",
        "options-2-retired": "on",
    }
    shown = preview(cast, "edit_options", **options_as_shown(changes, {"options-3-value": "praise"}))
    assert shown.status_code == 200
    html = shown.content.decode()
    assert "“delivery” becomes “parcel”" in html
    assert "adds “praise”" in html
    assert shown.context["effect"].people == 1
    assert Project.objects.get(pk=cast.project.pk).schema_version == 1, "a preview changes nothing"
    assert confirm(cast, shown).status_code == 302
    made = SchemaChange.objects.get()
    assert [option["value"] for option in made.after[0]["options"]] == ["parcel", "refund", "other", "praise"]
    reshape_answers(made.pk)
    assert Annotation.objects.get().answers == {"intent": "parcel"}
    # The other tab looked at the version before.
    late = confirm(cast, shown)
    assert late.status_code == 409
    assert "Somebody changed the questions" in late.content.decode()


def test_merge_split_wording_new_and_removed_questions_come_from_their_forms(cast: Cast) -> None:
    asked = [
        ("merge_options", {"options": ["refund", "delivery"], "value": "order", "title": "An order"}),
        ("split_option", {"option": "order", "into": "money: paid back\r\nparcel {green}"}),
        ("change_question", {"title": "What do they want?", "description": "The main thing."}),
        ("add_question", {"title": "How upset?", "type": "rating", "min": "1", "max": "4"}),
        ("remove_question", {"question": "how_upset"}),
    ]
    for kind, data in asked:
        shown = preview(cast, kind, **data)
        assert shown.status_code == 200, shown.content.decode()[:3000]
        assert confirm(cast, shown).status_code == 302
    project = Project.objects.get(pk=cast.project.pk)
    [question] = project.questions
    assert (question["title"], question["required"], project.schema_version) == ("What do they want?", False, 6)
    assert [option["value"] for option in question["options"] if not option.get("retired")] == [
        "money",
        "parcel",
        "other",
    ]


def test_what_is_wrong_is_said_at_the_question_and_what_was_typed_stays(cast: Cast) -> None:
    for kind, data, kept in (
        ("merge_options", {"options": ["refund"], "value": "my own word"}, "my own word"),
        ("split_option", {"option": "refund", "into": "only my word"}, "only my word"),
        ("edit_options", options_as_shown({"options-0-value": "", "options-1-title": "My title"}), "My title"),
        ("edit_options", options_as_shown(), "Nothing would change"),
        ("add_question", {"title": "", "description": "my thoughts"}, "my thoughts"),
        ("explode", {}, "A change is one of"),
    ):
        response = preview(cast, kind, **data)
        assert response.status_code == 422, kind
        assert kept in response.content.decode()
    for change in ("", "[]", "{", json.dumps({"kind": "explode"})):
        assert signed_in(cast.lead).post(page("schema_change", cast), {"change": change}).status_code == 422


def test_an_undo_asks_first_where_it_costs_answers(cast: Cast) -> None:
    merge = {"kind": "merge_options", "question": "intent", "options": ["refund", "delivery"], "into": "order"}
    cast.add("one", "two")
    made = change_questions(cast.project, merge, user=cast.lead)
    cast.project.refresh_from_db()
    client = signed_in(cast.lead)
    html = client.get(page("schema", cast)).content.decode()
    assert "Pending" in html
    reshape_answers(made.pk)
    cast.answer(cast.annotator, "order")
    asked = client.post(page("schema_undo", cast, made.pk))
    assert "1 answer of a person cannot be carried over" in asked.content.decode()
    assert Project.objects.get(pk=cast.project.pk).schema_version == 2
    assert client.post(page("schema_undo", cast, made.pk), {"confirmed": "yes"}).status_code == 302
    assert Project.objects.get(pk=cast.project.pk).schema_version == 3
