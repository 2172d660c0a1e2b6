"""What each way of merging makes of an item's votes, before anybody decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from annotation.aggregation.merging import merged, strategies_for
from annotation.models import Annotation, Item, Project
from annotation.questions import Answer, InvalidAnswer, Question


@dataclass(frozen=True, slots=True)
class Merged:
    """One strategy's answer to one question; `error` says why it has none."""

    strategy: str
    title: str
    answer: Answer = None
    error: str = ""


def merges_of(project: Project, item: Item, votes: Sequence[Annotation]) -> list[tuple[Question, list[Merged]]]:
    """Per question that two or more of `votes` answer."""
    found = []
    for question in project.question_list:
        said = [row.answers[question.name] for row in votes if question.name in row.answers]
        if len(said) > 1:
            ways = [
                _merge(question, said, name, _(title), item)
                for name, (_rule, title) in strategies_for(question).items()
            ]
            found.append((question, ways))
    return found


def _merge(question: Question, said: Sequence[Answer], strategy: str, title: str, item: Item) -> Merged:
    try:
        return Merged(strategy, title, merged(question, said, strategy, item.fields))
    except InvalidAnswer as error:
        return Merged(strategy, title, error=str(error))
