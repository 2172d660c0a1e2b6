"""One's projects, and a new one from a form."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotation.models import Labeler, Membership, Project, Role
from tests.cast import Cast
from tests.views.data import signed_in

GOOD = {
    "name": "Support messages",
    "title": "What does the customer want?",
    "options": "refund: wants money back\r\n\r\n  delivery  \r\nother: http://example.org:80/x",
    "field_name": "message",
    "guidelines": "Read *twice*.\r\nThen choose.",
    "overlap": "2",
    "blind_first": "on",
}


def test_home_lists_the_projects_one_belongs_to_and_no_others(cast: Cast) -> None:
    html = signed_in(cast.annotator).get(reverse("home")).content.decode()
    assert "Support messages" in html
    assert "Elsewhere" not in html
    assert "No projects yet" in signed_in(cast.stranger).get(reverse("home")).content.decode()


def test_home_counts_items_for_those_who_steer(cast: Cast) -> None:
    cast.add("one", "two")
    cast.answer(cast.annotator, "refund")
    [row] = signed_in(cast.lead).get(reverse("home")).context["rows"]
    assert (row.total, row.settled, row.percent) == (2, 1, 50)


def test_a_new_project_asks_one_question_and_leads_to_the_upload(cast: Cast) -> None:
    response = signed_in(cast.stranger).post(reverse("project_new"), GOOD)
    project = Project.objects.get(created_by=cast.stranger)
    assert response["Location"] == reverse("imports", args=[project.slug])
    [question] = project.question_list
    assert (question.name, question.title) == ("what_does_the_customer_want", GOOD["title"])
    assert [(option.value, option.description) for option in question.options] == [
        ("refund", "wants money back"),
        ("delivery", ""),
        ("other", "http://example.org:80/x"),
    ]
    assert project.field_names == ["message"]
    assert project.guidelines == "Read *twice*.\nThen choose."
    assert (project.overlap, project.min_human, project.blind_first) == (2, 2, True)
    assert Membership.objects.get(project=project).role == Role.MANAGER
    assert Labeler.objects.filter(project=project, kind="judge").exists()


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"name": " "}, "name"),
        ({"options": "only one"}, "options"),
        ({"options": "one\none: again"}, "options"),
        ({"options": ": nothing\ntwo"}, "options"),
        ({"options": "x" * 300 + "\nb"}, "options"),
        ({"field_name": "Two Words"}, "field_name"),
        ({"overlap": "0"}, "overlap"),
        ({"overlap": "51"}, "overlap"),
        ({"guidelines": "x" * 100_001}, "guidelines"),
        ({"title": "nul\0"}, "title"),
    ],
)
def test_a_project_that_cannot_be_made_says_so_at_the_field(cast: Cast, fault: dict[str, Any], field: str) -> None:
    response = signed_in(cast.stranger).post(reverse("project_new"), GOOD | fault)
    assert response.status_code == 422
    assert response.context["form"].errors.get(field), response.context["form"].errors
    assert not Project.objects.filter(created_by=cast.stranger).exists()


@pytest.mark.parametrize("title", ["¿Qué?", "意图", "123", "!!!", "a" * 150])
def test_any_title_gets_a_name_in_the_data(cast: Cast, title: str) -> None:
    assert signed_in(cast.stranger).post(reverse("project_new"), GOOD | {"title": title}).status_code == 302


def test_a_project_called_new_does_not_hide_the_page_that_makes_projects(cast: Cast) -> None:
    signed_in(cast.stranger).post(reverse("project_new"), GOOD | {"name": "new"})
    assert signed_in(cast.stranger).get(reverse("project_new")).status_code == 200
    assert signed_in(cast.stranger).get(reverse("project_overview", args=["new"])).status_code == 200
