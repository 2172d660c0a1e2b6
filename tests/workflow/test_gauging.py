"""Changes of questions that stored answers forbid are refused with a reason; those that suit them go through."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Annotation, Consensus, Project
from annotation.workflow.adding import add_items
from annotation.workflow.errors import Refused
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.reshaping import change_questions, reshape_answers
from tests.cast import SCRIPTED, Cast


def rating_project(cast: Cast) -> Project:
    """A scale, and responses put in order."""
    return create_project(
        Definition(
            name="Ratings",
            fields=[{"name": "text"}],
            questions=[
                {"name": "score", "type": "rating", "max": 5},
                {"name": "best", "type": "ranking", "options": ["a", "b"], "required": False},
                {"name": "tags", "type": "multichoice", "options": ["x", "y", "z"], "required": False},
            ],
        ),
        user=cast.lead,
        judge=SCRIPTED,
    )


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"kind": "change_question", "question": "score", "max": 3}, "would not fit any more"),
        ({"kind": "change_question", "question": "tags", "at_most": 1}, "would not fit any more"),
        ({"kind": "edit_options", "question": "best", "options": ["a", "b", "c"]}, "would not fit any more"),
        ({"kind": "merge_options", "question": "best", "options": ["a", "b"], "into": "a"}, "cannot be merged"),
        ({"kind": "merge_options", "question": "tags", "options": ["x"], "into": "x"}, "two or more"),
        ({"kind": "merge_options", "question": "tags", "options": ["x", "y"], "into": "z"}, "another option"),
        ({"kind": "split_option", "question": "tags", "option": "x", "into": ["n"]}, "two or more"),
        ({"kind": "split_option", "question": "tags", "option": "q", "into": ["n", "m"]}, "not an option"),
        ({"kind": "edit_options", "question": "tags", "options": ["x", "y"]}, "retire it"),
        ({"kind": "edit_options", "question": "tags", "options": ["x", "y", "z"]}, "Nothing would change"),
        ({"kind": "edit_options", "question": "score", "options": ["x", "y"]}, "lists no options"),
        ({"kind": "remove_question", "question": "nothing"}, "no question"),
        ({"kind": "add_question", "definition": {"name": "score", "type": "text"}}, "same name"),
        ({"kind": "change_question", "question": "score", "type": "text"}, "has no type"),
        ({"kind": "explode"}, "A change is one of"),
    ],
)
def test_what_the_answers_forbid_is_refused_with_a_reason(cast: Cast, asked: dict[str, Any], reason: str) -> None:
    project = rating_project(cast)
    answers = {"score": 4, "best": ["a", "b"], "tags": ["x", "y"]}
    add_items(project, [{"fields": {"text": "one"}, "annotations": [{"annotator": "ann", "answers": answers}]}])
    with pytest.raises(Refused) as caught:
        change_questions(project, asked, user=cast.lead)
    assert reason in str(caught.value)
    assert Project.objects.get(pk=project.pk).schema_version == 1


def test_a_wider_scale_and_merged_tags_suit_the_answers_there_are(cast: Cast) -> None:
    project = rating_project(cast)
    answers = {"score": 4, "best": ["a", "b"], "tags": ["x", "y"]}
    add_items(project, [{"fields": {"text": "one"}, "annotations": [{"annotator": "ann", "answers": answers}]}])
    for asked in (
        {"kind": "change_question", "question": "score", "max": 10},
        {"kind": "merge_options", "question": "tags", "options": ["x", "y"], "into": "x"},
        {"kind": "edit_options", "question": "best", "options": [{"was": "b", "value": "B"}, "a"]},
    ):
        reshape_answers(change_questions(project, asked, user=cast.lead).pk)
    [row] = Annotation.objects.filter(project=project)
    assert row.answers == {"score": 4, "best": [["a"], ["B"]], "tags": ["x"]}
    assert {each.question: each.value for each in Consensus.objects.filter(project=project)} == row.answers
