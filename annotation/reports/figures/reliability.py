"""Can a model's probabilities be trusted? What it says beside what is right, for all models in one diagram."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project
from annotation.models.filters import Filters

from ..calibration import newest_fits, trust_of
from ..charts import Axis, Chart, Dot, Dots, Link
from ..confusion import cases_by_labeler
from .base import Column, Figure, Kind, Value, count, nothing, percent, share, words
from .faces import models_shown

DRAWN = 4


def measure(project: Project, filters: Filters) -> Value:
    """{"questions": {name: [[labeler, calibrated, bins]]}}: as it says, then calibrated, where it was."""
    cases = cases_by_labeler(project, filters=filters)
    fits = {} if filters.asked else newest_fits(project)
    questions = {}
    for question in project.question_list:
        found = []
        for labeler in sorted(cases, reverse=True):
            trust = trust_of(question, cases[labeler][question.name], fits.get((labeler, question.name)))
            for calibrated, metrics in ((False, trust.before), (True, trust.after)):
                if metrics:
                    bins = [[each["confidence"], each["accuracy"], each["count"]] for each in metrics["bins"]]
                    found.append([labeler, calibrated, bins])
        questions[question.name] = found
    return {"questions": questions}


def present(membership: Membership, value: Value) -> Figure:
    models = models_shown(membership, {row[0] for found in value["questions"].values() for row in found})
    rows, charts = [], list[Chart]()
    for question in membership.project.question_list:
        dots, drawn = [], list[str]()
        for labeler, calibrated, bins in value["questions"].get(question.name, []):
            if labeler not in models:
                continue
            name = f"{models[labeler].name}, {_('calibrated')}" if calibrated else models[labeler].name
            link = Link({"labeler": str(labeler), "question": question.name})
            if len(drawn) < DRAWN:
                drawn.append(name)
            for says, right, answers in bins:
                rows.append(
                    (words(name, link, head=True), words(question.title), share(says), share(right),
                     count(answers))
                )  # fmt: skip
                if name in drawn:
                    told = f"{name}: {percent(says)} → {percent(right)} · {answers}"
                    dots.append(Dot(says, right, told, name, answers, link=link))
        if dots:
            x, y = (Axis(title, "share", low=0.0, high=1.0) for title in (_("It says"), _("Right")))
            charts.append(Dots(question.title, tuple(dots), x, y, ideal=True, joined=True))
    if not rows:
        return nothing(_("No model has voted yet on items that people answered without seeing its suggestion."))
    return Figure(
        columns=(
            Column("model", _("Model"), False), Column("question", _("Question"), False), Column("says", _("It says")),
            Column("right", _("Right")), Column("answers", _("Answers")),
        ),
        rows=tuple(rows),
        charts=tuple(charts),
        note=_(
            "On the dashed line a model is right as often as it says; below it, it is too sure. Calibrated points are "
            "cross-validated."
        ),
    )  # fmt: skip


RELIABILITY = Kind("reliability", gettext_lazy("Can probabilities be trusted?"), "models", measure, present)
