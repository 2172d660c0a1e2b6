"""People's votes as the figures about people read them: in columns, so that three hundred thousand fit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from annotation.aggregation.ballots import Ballots, ballots
from annotation.aggregation.leaving_out import NOBODY, others_say
from annotation.models import Annotation, Project
from annotation.models.filters import Filters
from annotation.questions import Answer, Question, Shape, type_of

from .base import within

# Of more answers the newest tell how things stand.
NEWEST = 300_000

Given = tuple[int, int, datetime, dict[str, Any]]
"""(item, annotator, when, answers)"""


def votes_of_people(project: Project, filters: Filters) -> list[Given]:
    """The newest votes of people, in the order they were given."""
    votes = Annotation.objects.votes().human().filter(within(project, filters), project=project).order_by("-pk")
    rows: Iterator[Any] = votes.values_list("item_id", "annotator_id", "created_at", "answers")[:NEWEST].iterator(
        chunk_size=5_000
    )
    return list(rows)[::-1]


def labelled(project: Project) -> list[Question]:
    """The questions whose answers are options: of other answers two are seldom the same."""
    return [each for each in project.question_list if type_of(each).shape in (Shape.ONE, Shape.SCALE, Shape.ANY)]


def comparable(question: Question, answer: Answer) -> Answer:
    """Equal where two answers choose the same, in whatever order."""
    return answer if type_of(question).exclusive else sorted(type_of(question).keys(question, answer))


def ballots_on(question: Question, votes: list[Given]) -> Ballots:
    """The votes on one question in columns, within an item in the order they were given."""
    name = question.name
    return ballots(
        (item, annotator, comparable(question, answers[name]))
        for item, annotator, _at, answers in votes
        if name in answers
    )


def beside_others(question: Question, votes: list[Given]) -> Iterator[tuple[int, int, Answer, Answer]]:
    """(item, annotator, their answer, what most others say) of the votes to which that can be said."""
    given = ballots_on(question, votes)
    names: Any = (given.item_names, given.annotator_names)
    columns = (given.items.tolist(), given.annotators.tolist(), given.codes.tolist(), others_say(given).tolist())
    for item, annotator, own, theirs in zip(*columns, strict=True):
        if theirs != NOBODY:
            yield names[0][item], names[1][annotator], given.answers[own], given.answers[theirs]


def answer_title(question: Question, answer: Answer) -> str:
    """An answer in words."""
    return " + ".join(str(question.option_title(key)) for key in type_of(question).keys(question, answer)) or "–"
