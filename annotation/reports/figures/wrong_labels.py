"""Settled answers that are likely wrong: calibrated models contradict them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.calibrating import Calibrator, calibrator_of, recalibrated
from annotation.aggregation.confident_learning import suspects
from annotation.models import Annotation, Calibration, Consensus, DecidedBy, Membership, Project, Stage
from annotation.models.filters import Filters
from annotation.questions import Question, Shape, type_of
from annotation.questions.speech import number

from ..charts import Axis, Bar, Bars, Link
from .base import Cell, Column, Figure, Kind, Stat, Value, nothing, percent, share, within, words
from .texts import beginnings

# Of more settled items the newest are looked at, and of more suspects the likeliest are kept.
NEWEST = 200_000
KEPT = 200
# Fewer settled items give no threshold to a class.
LEAST = 30


def measure(project: Project, filters: Filters) -> Value:
    """{"questions": {name: {"items", "found", "suspects": [[item, given, likely, p(likely), p(given), decided by]],
    "pairs": [[given, likely, items]]}}}."""
    asked = [each for each in project.question_list if type_of(each).shape in (Shape.ONE, Shape.SCALE)]
    return {"questions": {each.name: _suspected(project, each, filters) for each in asked}}


def _suspected(project: Project, question: Question, filters: Filters) -> dict[str, Any]:
    classes = {value: place for place, value in enumerate(question.values)}
    rows = Consensus.objects.filter(
        within(project, filters), project=project, question=question.name, item__stage=Stage.SETTLED
    ).order_by("-item_id")
    settled: dict[int, tuple[int, str]] = {
        item: (classes[str(value)], by)
        for item, value, by in rows.values_list("item_id", "value", "decided_by")[:NEWEST].iterator(5_000)
        if str(value) in classes
    }
    said = _probabilities(project, question, filters, classes)
    items = [item for item in settled if item in said]
    empty: dict[str, Any] = {"items": len(items), "found": 0, "suspects": [], "pairs": []}
    if len(items) < LEAST:
        return empty
    probabilities = np.array([said[item] for item in items])
    found = suspects(probabilities, np.array([settled[item][0] for item in items]))
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    for each in found:
        pairs[each.given, each.likely] += 1
    values = question.values
    return {
        "items": len(items),
        "found": len(found),
        "suspects": [
            [items[each.place], values[each.given], values[each.likely], each.probability,
             each.probability - each.margin, settled[items[each.place]][1]]
            for each in found[:KEPT]
        ],
        "pairs": [
            [values[given], values[likely], times]
            for (given, likely), times in sorted(pairs.items(), key=lambda pair: -pair[1])
        ],
    }  # fmt: skip


def _probabilities(
    project: Project, question: Question, filters: Filters, classes: dict[str, int]
) -> dict[int, np.ndarray]:
    """Item → [k] the mean of what models say of it, each corrected by its newest calibration."""
    calibrators = _calibrators(project, question)
    votes = Annotation.objects.votes().by_models().filter(
        within(project, filters), project=project, answers__has_key=question.name
    )  # fmt: skip
    sums: dict[int, np.ndarray] = {}
    counts: dict[int, int] = defaultdict(int)
    rows = votes.order_by("-item_id", "pk").values_list("item_id", "annotator__labeler", "answers", "distribution")
    for item, labeler, answers, told in rows[: 2 * NEWEST].iterator(chunk_size=5_000):
        shares = type_of(question).vote(question, answers[question.name], told.get(question.name))
        if labeler in calibrators:
            shares = recalibrated(shares, question.values, calibrators[labeler])
        row = np.zeros(len(classes))
        for key, part in shares.items():
            if key in classes:
                row[classes[key]] = part
        sums[item] = sums[item] + row if item in sums else row
        counts[item] += 1
    return {item: total / counts[item] for item, total in sums.items()}


def _calibrators(project: Project, question: Question) -> dict[int, Calibrator]:
    fits = Calibration.objects.filter(labeler__project=project, question=question.name).in_force()
    return {
        labeler: calibrator_of(method, parameters)
        for labeler, method, parameters in fits.values_list("labeler_id", "method", "parameters")
    }


def present(membership: Membership, value: Value) -> Figure:
    project = membership.project
    asked = [each for each in project.question_list if each.name in value["questions"]]
    if not asked:
        return nothing(_("No question has one option or number as its answer."))
    looked = {each.name: value["questions"][each.name]["items"] for each in asked}
    if max(looked.values()) < LEAST:
        return nothing(
            _("It takes %(least)s settled items on which a model has voted; there are %(items)s.")
            % {"least": LEAST, "items": number(max(looked.values()))}
        )
    named = [(question, row) for question in asked for row in value["questions"][question.name]["suspects"]]
    named.sort(key=lambda pair: pair[1][4] - pair[1][3])
    texts = beginnings(project, [row[0] for _question, row in named])
    named = [pair for pair in named if pair[1][0] in texts]
    stats, charts = [], []
    for question in asked:
        found = value["questions"][question.name]
        part = found["found"] / found["items"] if found["items"] else None
        told = _("%(part)s of %(items)s settled items") % {"part": percent(part), "items": number(found["items"])}
        stats.append(Stat(question.title, number(found["found"]), told))
        bars = [
            Bar(
                f"{question.option_title(given)} → {question.option_title(likely)}", times,
                f"{given} → {likely}: {times}",
                link=Link({"stage": "settled", "label": f"{question.name}:{given}"}),
            )
            for given, likely, times in found["pairs"][:8]
        ]  # fmt: skip
        if bars:
            charts.append(Bars(question.title, tuple(bars), Axis(_("Items"), low=0.0)))
    return Figure(
        columns=(
            Column("item", _("Item"), False), Column("text", _("Text"), False),
            Column("question", _("Question"), False), Column("label", _("Label"), False),
            Column("likely", _("Models say"), False), Column("probability", _("Their certainty")),
            Column("label_probability", _("For the label")),
            Column("decided_by", _("Decided by"), False),
        ),
        rows=tuple(_row(question, row, texts) for question, row in named),
        charts=tuple(charts),
        stats=tuple(stats),
        note=_(
            "Confident learning (Northcutt et al. 2021): models, calibrated where they can be, are surer of another "
            "label than they usually are where that label is right. A suspicion, no proof: models that learned from "
            "an answer seldom contradict it. At most %(kept)s of each question are listed, the likeliest first."
        )
        % {"kept": KEPT},
        items=tuple(row[0] for _question, row in named),
    )  # fmt: skip


def _row(question: Question, row: list[Any], texts: dict[int, str]) -> tuple[Cell, ...]:
    item, given, likely, probability, of_label, by = row
    link = Link(page="item", pk=item)
    return (
        words(item, link, head=True),
        words(texts[item] or "–"),
        words(question.title),
        words(question.option_title(given)),
        words(question.option_title(likely)),
        share(probability),
        share(of_label),
        words(DecidedBy(by).label),
    )


WRONG_LABELS = Kind("wrong_labels", gettext_lazy("Likely wrong labels"), "quality", measure, present, wide=True)
