"""Who agrees with whom: Cohen's κ of every two people."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.ballots import ballots
from annotation.aggregation.cohen import PairAgreement, cohen
from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.questions import Question, type_of
from annotation.questions.speech import number

from ..charts import Cell as Square
from ..charts import Chart, Heatmap
from .base import Column, Figure, Kind, Value, count, decimal, nothing, share, spoken, words
from .faces import Face, people_shown
from .voting import Given, votes_of_people

# Those with the most answers: more rows and columns cannot be read.
PEOPLE, DRAWN = 16, 10


def measure(project: Project, filters: Filters) -> Value:
    """{"questions": {name: [[annotator, annotator, items, raw, κ, low, high, why undefined]]}}."""
    votes = votes_of_people(project, filters)
    counts = Counter(annotator for _item, annotator, _at, _answers in votes)
    heard = {pk for pk, _times in counts.most_common(PEOPLE)}
    return {
        "questions": {
            each.name: [_as_json(pair) for pair in _pairs(each, votes, heard)] for each in project.question_list
        }
    }


def _pairs(question: Question, votes: list[Given], heard: set[int]) -> list[PairAgreement]:
    name = question.name
    given = ballots(
        (item, annotator, answers[name])
        for item, annotator, _at, answers in votes
        if annotator in heard and name in answers
    )
    return cohen(given, partial(type_of(question).distance, question)) if len(given.items) else []


def _as_json(pair: PairAgreement) -> list[Any]:
    return [pair.first, pair.second, pair.items, pair.raw, pair.kappa, pair.low, pair.high, pair.undefined]


def present(membership: Membership, value: Value) -> Figure:
    asked = [each for each in membership.project.question_list if value["questions"].get(each.name)]
    if not asked:
        return nothing(_("No two people have answered the same item yet: settings, “people per item”."))
    faces = people_shown(membership, {pk for each in asked for row in value["questions"][each.name] for pk in row[:2]})
    rows, charts = [], list[Chart]()
    for question in asked:
        pairs = [row for row in value["questions"][question.name] if row[0] in faces and row[1] in faces]
        for one, other, items, raw, kappa, low, high, why in sorted(pairs, key=lambda row: (row[4] is None, row[4])):
            rows.append(
                (
                    words(faces[one].name, faces[one].page, head=True), words(faces[other].name, faces[other].page),
                    words(question.title), decimal(kappa), decimal(low), decimal(high), share(raw),
                    count(items, faces[one].items), words(_(why) if why else ""),
                )
            )  # fmt: skip
        charts.append(_chart(question, pairs, faces))
    return Figure(
        columns=(
            Column("person", _("Person"), False), Column("other", _("And"), False),
            Column("question", _("Question"), False), Column("kappa", "κ"), Column("low", _("at least")),
            Column("high", _("at most")), Column("raw", _("Nearness")), Column("items", _("Items")),
            Column("undefined", _("Why undefined"), False),
        ),
        rows=tuple(rows),
        charts=tuple(charts),
        note=_(
            "Cohen’s κ by the question’s own distance: 1 is perfect, 0 is what their habits would give by chance. Of "
            "more people those with the most answers; intervals are at 95 %."
        ),
    )  # fmt: skip


def _chart(question: Question, pairs: list[list[Any]], faces: dict[int, Face]) -> Heatmap:
    met = Counter({pk: 0 for row in pairs for pk in row[:2]})
    for one, other, items, *_rest in pairs:
        met[one] += items
        met[other] += items
    drawn = [pk for pk, _items in met.most_common(DRAWN)]
    squares = []
    for one, other, items, _raw, kappa, *_rest in pairs:
        if one in drawn and other in drawn and kappa is not None:
            for row, column in ((one, other), (other, one)):
                told = f"{faces[row].name}, {faces[column].name}: κ {spoken(kappa, 2)} · {number(items)}"
                squares.append(
                    Square(
                        faces[row].name, faces[column].name, max(0.0, kappa), spoken(kappa, 2), told, faces[row].items
                    )
                )
    names = tuple(faces[pk].name for pk in drawn)
    return Heatmap(question.title, names, names, tuple(squares))


PEOPLE_PAIRS = Kind("people_pairs", gettext_lazy("Who agrees with whom"), "people", measure, present)
