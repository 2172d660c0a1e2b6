"""Every template makes a project whose own examples can be answered."""

from __future__ import annotations

import pytest

from annotation.models import Item
from annotation.project_templates import FOLDER, NAMES
from annotation.questions import TYPES
from annotation.workflow.adding import add_items
from annotation.workflow.designing import templates
from annotation.workflow.projects import Definition, create_project
from tests.cast import SCRIPTED, Cast


@pytest.mark.parametrize("name", NAMES)
def test_a_template_makes_a_project_that_takes_its_examples(cast: Cast, name: str) -> None:
    template = templates()[name]
    project = create_project(
        Definition(
            template.title, template.fields, template.questions, template.guidelines, lifecycle=template.lifecycle
        ),
        user=cast.lead,
        judge=SCRIPTED,
    )
    added = add_items(project, [{"fields": item} for item in template.items])
    assert (added.created, added.rejected) == (2, [])
    for item in Item.objects.filter(project=project):
        assert all(item.fields[field["name"]] for field in project.fields)


def test_every_file_is_offered_and_every_question_type_is_shown_once() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(NAMES)
    assert {question["type"] for template in templates().values() for question in template.questions} == set(TYPES)
