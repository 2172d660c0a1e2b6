"""What each person calls what the others call something."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.questions import Question, Shape, type_of
from annotation.questions.speech import number

from ..charts import Cell as Square
from ..charts import Chart, Heatmap
from .base import Column, Figure, Kind, Value, count, nothing, share, words
from .faces import Face, people_shown
from .voting import beside_others, votes_of_people

# Those with the most compared answers; drawn are those who are farthest from the others.
PEOPLE, DRAWN, LEAST = 50, 4, 20
# More options than these do not fit into a drawing that can be read.
OPTIONS = 12


def measure(project: Project, filters: Filters) -> Value:
    """{"questions": {name: {annotator: [[what the others say, what the person says, times]]}}}."""
    votes = votes_of_people(project, filters)
    return {"questions": {each.name: _confused(each, votes) for each in _asked(project)}}


def _asked(project: Project) -> list[Question]:
    return [each for each in project.question_list if type_of(each).shape in (Shape.ONE, Shape.SCALE)]


def _confused(question: Question, votes: list[Any]) -> dict[str, list[list[Any]]]:
    counts = Counter(
        (annotator, str(theirs), str(own)) for _item, annotator, own, theirs in beside_others(question, votes)
    )
    totals: Counter[int] = Counter()
    for (annotator, _theirs, _own), times in counts.items():
        totals[annotator] += times
    return {
        str(annotator): sorted([theirs, own, times] for (who, theirs, own), times in counts.items() if who == annotator)
        for annotator, _total in totals.most_common(PEOPLE)
    }


def present(membership: Membership, value: Value) -> Figure:
    questions = [each for each in membership.project.question_list if value["questions"].get(each.name)]
    if not questions:
        return nothing(_("No two people have answered the same item yet."))
    faces = people_shown(membership, {int(pk) for found in value["questions"].values() for pk in found})
    rows, charts = [], list[Chart]()
    for question in questions:
        found = {pk: pairs for pk, pairs in value["questions"][question.name].items() if int(pk) in faces}
        for pk, pairs in found.items():
            face, of = faces[int(pk)], Counter[str]()
            for theirs, _own, times in pairs:
                of[theirs] += times
            rows += [
                (
                    words(face.name, face.page, head=True), words(question.title),
                    words(question.option_title(theirs)), words(question.option_title(own)),
                    count(times, face.items), share(times / of[theirs]),
                )
                for theirs, own, times in pairs
            ]  # fmt: skip
        enough = [pk for pk, pairs in found.items() if sum(pair[2] for pair in pairs) >= LEAST]
        farthest = sorted(enough, key=lambda pk: _right(found[pk]))[:DRAWN]
        if len(question.values) <= OPTIONS:
            several = len(questions) > 1
            charts += [_chart(question, faces[int(pk)], found[pk], several) for pk in farthest]
    return Figure(
        columns=(
            Column("person", _("Person"), False), Column("question", _("Question"), False),
            Column("others", _("Others say"), False), Column("own", _("They say"), False),
            Column("answers", _("Answers")), Column("share", _("Share")),
        ),
        rows=tuple(rows),
        charts=tuple(charts[:DRAWN]),
        note=_("Drawn: those who are farthest from what most others say, from %(least)s compared answers on.")
        % {"least": LEAST},
    )  # fmt: skip


def _right(pairs: list[list[Any]]) -> float:
    return sum(times for theirs, own, times in pairs if theirs == own) / sum(pair[2] for pair in pairs)


def _chart(question: Question, face: Face, pairs: list[list[Any]], several: bool) -> Heatmap:
    said = {(theirs, own): times for theirs, own, times in pairs}
    values = [*question.values, *sorted({key for pair in said for key in pair} - set(question.values))]
    of: Counter[str] = Counter()
    for (theirs, _own), times in said.items():
        of[theirs] += times
    titles = {each: str(question.option_title(each)) for each in values}
    squares = [
        Square(
            titles[theirs], titles[own], said[theirs, own] / of[theirs] if (theirs, own) in said else 0.0,
            number(said.get((theirs, own), 0)),
            f"{titles[theirs]} → {titles[own]}: {said.get((theirs, own), 0)}", face.items,
        )
        for theirs in values
        for own in values
    ]  # fmt: skip
    title = f"{face.name} · {question.title}" if several else face.name
    shown = tuple(titles.values())
    return Heatmap(title, shown, shown, tuple(squares), _("Others say"), _("They say"))


PEOPLE_CONFUSION = Kind("people_confusion", gettext_lazy("Confusions"), "people", measure, present)
