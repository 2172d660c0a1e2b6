"""Where models fail: slices of what they were measured on, against the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.scoring import Case
from annotation.aggregation.slicing import LEAST, Slice, slices_of
from annotation.models import Item, Membership, Project
from annotation.models.filters import Filters
from annotation.questions import Question, Shape, type_of
from annotation.questions.speech import number

from ..charts import Axis, Estimate, Estimates, Link
from ..confusion import cases_by_labeler
from .base import Cell, Column, Figure, Kind, Stat, Value, between, chance, count, nothing, percent, share, words
from .faces import Face, models_shown
from .texts import characters

MODELS = 6
# Keys with more values name items rather than kinds of them, and of more keys the first in the alphabet are looked at.
VALUES, KEYS = 20, 20
QUARTERS = 4
# Of one model and question so many are kept, and of the worst so many drawn.
SLICES, DRAWN = 60, 8


def measure(project: Project, filters: Filters) -> Value:
    """{"models": [[labeler, question, cases, looked, [slice]]]}; a slice's name: ["class", value], ["length", quarter,
    from, to] or ["metadata", key, value]."""
    cases = cases_by_labeler(project, filters=filters)
    facts = _facts(project, {each.item for found in cases.values() for of in found.values() for each in of})
    busiest = sorted(cases, key=lambda pk: (-sum(map(len, cases[pk].values())), -pk))[:MODELS]
    found = []
    for labeler in busiest:
        for question in project.question_list:
            chosen = [case for case in cases[labeler][question.name] if case.item in facts]
            if not chosen:
                continue
            members = _members(question, chosen, facts)
            slices = slices_of([case.right for case in chosen], members)
            shown = [_as_json(each) for each in slices[:SLICES]]
            found.append([labeler, question.name, len(chosen), len(slices), shown])
    return {"models": found}


def _facts(project: Project, items: Iterable[int]) -> dict[int, tuple[int, dict[str, Any]]]:
    """Item → (characters, metadata)."""
    rows = Item.objects.filter(pk__in=list(items)).annotate(length=characters(project))
    return {pk: (length, metadata) for pk, length, metadata in rows.values_list("pk", "length", "metadata")}


def _members(
    question: Question, cases: list[Case], facts: dict[int, tuple[int, dict[str, Any]]]
) -> dict[Hashable, list[int]]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    edges = np.quantile([facts[case.item][0] for case in cases], [0, 0.25, 0.5, 0.75, 1]).round().astype(int).tolist()
    by_class = type_of(question).shape in (Shape.ONE, Shape.SCALE)
    by_key: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, case in enumerate(cases):
        length, metadata = facts[case.item]
        if by_class:
            members["class", case.people].append(place)
        quarter = min(QUARTERS - 1, int(np.searchsorted(edges[1:-1], length, side="left")))
        members["length", quarter, edges[quarter] + bool(quarter), edges[quarter + 1]].append(place)
        for key, value in metadata.items():
            if isinstance(value, str | int | float):
                by_key[key][str(value)].append(place)
    sorting = [key for key in sorted(by_key) if 1 < len(by_key[key]) <= VALUES][:KEYS]
    for key in sorting:
        for value, places in by_key[key].items():
            members["metadata", key, value] = places
    return members


def _as_json(found: Slice) -> dict[str, Any]:
    return {**asdict(found), "name": list(found.name)}  # type: ignore[call-overload]


def present(membership: Membership, value: Value) -> Figure:
    models = models_shown(membership, {row[0] for row in value["models"]})
    questions = {each.name: each for each in membership.project.question_list}
    tested = [row for row in value["models"] if row[0] in models and row[1] in questions]
    if not any(row[4] for row in tested):
        return nothing(
            _("No model has been compared with people on enough items yet: a slice takes %(least)s, and the rest, too.")
            % {"least": LEAST}
        )
    rows, charts, stats = [], [], []
    for labeler, name, cases, looked, slices in tested:
        model, question = models[labeler], questions[name]
        title = f"{model.name} · {question.title}" if len(questions) > 1 else model.name
        worse = [each for each in slices if each["worse"]]
        looked_at = _("of %(looked)s slices, on %(cases)s items") % {"looked": number(looked), "cases": number(cases)}
        stats.append(Stat(title, _("%(worse)s worse") % {"worse": number(len(worse))}, looked_at, model.page))
        rows += [_row(model, question, labeler, each) for each in slices]
        drawn = [_estimate(question, labeler, each) for each in slices[:DRAWN]]
        if drawn:
            charts.append(Estimates(title, tuple(drawn), Axis(_("Right"), "share", low=0.0, high=1.0)))
    return Figure(
        columns=(
            Column("model", _("Model"), False), Column("question", _("Question"), False),
            Column("slice", _("Slice"), False), Column("items", _("Items")), Column("right", _("Right")),
            Column("low", _("at least")), Column("high", _("at most")), Column("rest", _("The rest")),
            Column("p_value", "p"), Column("worse", _("Worse"), False),
        ),
        rows=tuple(rows),
        charts=tuple(charts[:MODELS]),
        stats=tuple(stats),
        note=_(
            "By what people say, by length in characters (quarters), and by metadata of few values. Each slice is "
            "compared with the rest (Fisher’s exact test); p is corrected for how many were looked at (Benjamini & "
            "Yekutieli), and a slice is called worse up to 0.05. Intervals are at 95 %, each for itself."
        ),
    )  # fmt: skip


def _title(question: Question, name: list[Any]) -> str:
    match name:
        case ["class", value]:
            return str(question.option_title(value))
        case ["length", _quarter, low, high]:
            return _("%(low)s–%(high)s characters") % {"low": number(low), "high": number(high)}
        case _:
            return f"{name[1]} = {name[2]}"


def _link(question: Question, labeler: int, name: list[Any]) -> Link:
    asked = {"labeler": str(labeler), "question": question.name}
    if name[0] == "class":
        return Link({**asked, "people": name[1]})
    return Link({**asked, "metadata": f"{name[1]}={name[2]}"} if name[0] == "metadata" else asked)


def _estimate(question: Question, labeler: int, each: dict[str, Any]) -> Estimate:
    right = each["right"] / each["cases"]
    title = _title(question, each["name"])
    told = f"{title}: {percent(right)} ({between(each['low'], each['high'])})"
    link = _link(question, labeler, each["name"])
    return Estimate(
        title, right, each["low"], each["high"], told, hue="bad" if each["worse"] else "series-1", link=link
    )


def _row(model: Face, question: Question, labeler: int, each: dict[str, Any]) -> tuple[Cell, ...]:
    link = _link(question, labeler, each["name"])
    return (
        words(model.name, model.page, head=True),
        words(question.title),
        words(_title(question, each["name"]), link),
        count(each["cases"], link),
        share(each["right"] / each["cases"]),
        share(each["low"]),
        share(each["high"]),
        share(each["rest"]),
        chance(each["p_value"]),
        words(_("yes") if each["worse"] else _("no")),
    )


FAILURES = Kind("failures", gettext_lazy("Where models fail"), "models", measure, present)
