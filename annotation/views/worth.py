"""How templates want what model annotators are worth: figures in words, tables, and the points of a diagram."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Labeler, Project
from annotation.questions import Question, Shape, type_of
from annotation.questions.speech import number
from annotation.reports.calibration import Trust
from annotation.reports.confusion import Confusion
from annotation.reports.labelers import Curve
from annotation.reports.worth import Measured, Worth

# The diagram's plane, in its own units: templates/labelers/diagram.html draws the axes to fit.
LEFT, BOTTOM, SIDE = 34.0, 210.0, 200.0
FIGURES = (
    (
        "ece",
        "ECE",
        gettext_lazy("Calibration error: how far what it says is from how often it is right. Lower is better"),
    ),
    (
        "brier",
        "Brier",
        gettext_lazy("Mean squared distance between its probability and being right. Lower is better"),
    ),
    ("auroc", "AUROC", gettext_lazy("How often a right answer is surer than a wrong one. 0.5 is chance, 1 is perfect")),
    ("aurc", "AURC", gettext_lazy("Mean error of its surest answers, over all shares of them. Lower is better")),
)


def comparison(project: Project, worths: Iterable[Worth]) -> list[dict[str, Any]]:
    """One table per question: a row per version, and F1 per option of the versions that can be measured."""
    shown = list(worths)
    tables = []
    for place, question in enumerate(project.question_list):
        rows = [{**_version(project, worth), **_measures(worth.measured[place])} for worth in shown]
        measured = [(worth, worth.measured[place]) for worth in shown if worth.measured[place].answers]
        classes = [
            {"title": question.option_title(value), "scores": [_score(each, value) for _, each in measured]}
            for value in question.values
        ]
        tables.append(
            {
                "question": question,
                "rows": rows,
                "figures": [{"name": name, "title": title} for _, name, title in FIGURES],
                "measured": [worth.labeler for worth, _ in measured],
                "classes": classes if measured and type_of(question).shape not in (Shape.ORDER, Shape.WRITTEN) else [],
                **_words(question),
            }
        )
    return tables


def _words(question: Question) -> dict[str, Any]:
    """What its figures mean where answers have parts, and which of them tell something."""
    shape, has_trust = type_of(question).shape, bool(question.options)
    # Of one option among others, right or wrong says it all.
    has_closeness, has_kappa = shape is not Shape.ONE, shape in (Shape.ONE, Shape.SCALE)
    has_f1 = shape not in (Shape.ORDER, Shape.WRITTEN)
    return {
        "in_parts": not type_of(question).exclusive,
        "has_closeness": has_closeness,
        "has_kappa": has_kappa,
        "has_f1": has_f1,
        "has_trust": has_trust,
        # The columns of what is measured: accuracy, and these.
        "span": 1 + has_closeness + has_kappa + has_f1 + len(FIGURES) * has_trust,
    }


def confusion_table(project: Project, labeler: Labeler, table: Confusion) -> dict[str, Any]:
    """Rows are people, columns the model; `strength` is the share of the row in tenths."""
    question, options = table.question, table.options
    titles = {value: question.option_title(value) for value in options}
    rows = []
    for people in options:
        counts = [table.counts[people, model] for model in options]
        total = sum(counts)
        cells = [
            {
                "count": count,
                "right": people == model,
                "strength": round(10 * count / total) if total else 0,
                "url": _cell_url(project, labeler, question.name, people, model) if count else "",
                "label": _("%(count)s that people call %(people)s and the model %(model)s")
                % {"count": number(count), "people": titles[people], "model": titles[model]},
            }
            for model, count in zip(options, counts, strict=True)
        ]
        rows.append({"title": titles[people], "cells": cells, "total": total})
    return {
        "question": question,
        "columns": [titles[value] for value in options],
        "rows": rows,
        "total": table.total,
    }


def trust_card(trust: Trust) -> dict[str, Any]:
    """The reliability diagram, its table, and the four figures before and after."""
    series = [
        {"name": name, "title": title, "points": _points(metrics["bins"]), "bins": _bins(metrics["bins"])}
        for name, title, metrics in (
            ("before", _("As it says") if trust.after else _("As it says, not calibrated yet"), trust.before),
            ("after", _("Calibrated"), trust.after),
        )
        if metrics
    ]
    return {
        "question": trust.question,
        "answers": trust.answers,
        "method": {"platt": _("Platt scaling"), "isotonic": _("isotonic regression")}.get(trust.method, ""),
        "fitted_at": trust.fitted_at,
        "missing": trust.missing,
        "series": series,
        "figures": [
            {
                "name": name,
                "title": title,
                "before": _figure((trust.before or {}).get(key), 3),
                "after": _figure((trust.after or {}).get(key), 3) if trust.after else "",
            }
            for key, name, title in FIGURES
        ]
        if trust.before
        else [],
    }


def curve_card(curve: Curve) -> dict[str, Any]:
    """Accuracy by the number of answers learned from: a line where two trainings at least were measured."""
    most = max((lesson.answers for lesson in curve.lessons), default=0) or 1
    points = [
        {"x": LEFT + SIDE * lesson.answers / most, "y": BOTTOM - SIDE * lesson.accuracy, "r": 3.0}
        for lesson in curve.lessons
        if lesson.accuracy is not None
    ]
    return {
        "question": curve.question,
        "measure": _("Accuracy") if type_of(curve.question).exclusive else "F1",
        "most": most,
        "series": [{"name": "after", "points": points}] if len(points) > 1 else [],
        # The newest first: it is the one at work.
        "lessons": [
            {
                "number": lesson.number,
                "answers": lesson.answers,
                "percent": None if lesson.accuracy is None else 100 * lesson.accuracy,
                "seconds": f"{floatformat(lesson.seconds, 1)} s",
                "at": lesson.at,
            }
            for lesson in reversed(curve.lessons)
        ],
    }


def _version(project: Project, worth: Worth) -> dict[str, Any]:
    return {
        "labeler": worth.labeler,
        "url": reverse("labeler", args=[project.slug, worth.labeler.pk]),
        "votes": worth.votes,
        "seconds": _seconds(worth.seconds),
        "failures": worth.failures,
        "cost": floatformat(worth.cost, 2 if worth.cost >= 1 else 4) if worth.cost else "0",
    }


def _measures(measured: Measured) -> dict[str, Any]:
    before, after = measured.trust.before or {}, measured.trust.after or {}
    return {
        "answers": measured.answers,
        "percent": None if measured.accuracy is None else 100 * measured.accuracy,
        "interval": _interval(measured.low, measured.high),
        "audited": measured.audited.answers,
        "audited_percent": None if measured.audited.accuracy is None else f"{100 * measured.audited.accuracy:.0f} %",
        "audited_interval": _interval(measured.audited.low, measured.audited.high),
        "kappa": _figure(measured.kappa),
        "closeness": None if measured.closeness is None else f"{100 * measured.closeness:.0f} %",
        "f1": _figure(measured.macro_f1 if measured.micro_f1 is None else measured.micro_f1),
        "trust": [
            {"name": name, "before": _figure(before.get(key)), "after": _figure(after.get(key)) if after else ""}
            for key, name, _ in FIGURES
        ],
    }


def _interval(low: float, high: float) -> str:
    return f"{100 * low:.0f}–{100 * high:.0f} %"


def _score(measured: Measured, value: str) -> dict[str, Any]:
    score = measured.classes[value]
    return {
        "f1": _figure(score.f1),
        "note": _("precision %(precision)s, recall %(recall)s, %(people)s by people")
        % {"precision": _figure(score.precision), "recall": _figure(score.recall), "people": number(score.people)},
        "people": score.people,
    }


def _cell_url(project: Project, labeler: Labeler, question: str, people: str, model: str) -> str:
    cell = {"labeler": labeler.pk, "question": question, "people": people, "model": model}
    return f"{reverse('items', args=[project.slug])}?{urlencode(cell)}"


def _points(bins: Iterable[dict[str, Any]]) -> list[dict[str, float]]:
    """Where each bin stands in the diagram; its area grows with the answers in it."""
    bins = list(bins)
    most = max((each["count"] for each in bins), default=1)
    return [
        {
            "x": LEFT + SIDE * each["confidence"],
            "y": BOTTOM - SIDE * each["accuracy"],
            "r": 2.0 + 3.0 * (each["count"] / most) ** 0.5,
        }
        for each in bins
    ]


def _bins(bins: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"says": 100 * each["confidence"], "right": 100 * each["accuracy"], "count": each["count"]} for each in bins
    ]


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    return f"{floatformat(seconds, 2)} s" if seconds >= 0.01 else f"< {floatformat(0.01, 2)} s"


def _figure(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else floatformat(value, digits)
