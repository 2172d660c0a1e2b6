"""What a project says about itself."""

from __future__ import annotations

from typing import Any

from annotation.models import Project
from tests.cast import Cast


def asked(title: str) -> list[dict[str, Any]]:
    options = [{"value": "yes", "title": "Yes"}, {"value": "no", "title": "No"}]
    return [{"name": "fits", "type": "choice", "title": title, "options": options}]


def test_questions_are_parsed_once_until_others_are_assigned() -> None:
    project = Project(questions=asked("Does it fit?"))
    first = project.question_list
    assert project.question_list is first
    project.questions = asked("Does it really fit?")
    assert [question.title for question in project.question_list] == ["Does it really fit?"]


def test_questions_that_somebody_else_changed_are_seen_with_the_rows_refresh(cast: Cast) -> None:
    before = cast.project.question_list
    Project.objects.filter(pk=cast.project.pk).update(questions=asked("Does it fit?"))
    cast.project.refresh_from_db()
    assert before != cast.project.question_list
    assert [question.name for question in cast.project.question_list] == ["fits"]
