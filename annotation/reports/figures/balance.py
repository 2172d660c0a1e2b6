"""How many items each label has among those that are settled."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Consensus, Membership, Project, Stage
from annotation.models.filters import Filters
from annotation.questions import type_of
from annotation.questions.speech import number

from ..charts import Axis, Bar, Bars, Link
from .base import Column, Figure, Kind, Stat, Value, count, nothing, percent, share, within, words
from .voting import labelled

# A label with fewer items than this is hard to learn, and to measure.
FEW = 30
DRAWN = 30


def measure(project: Project, filters: Filters) -> Value:
    """{"questions": {name: {"items": settled, "labels": {label: items}}}}; an item may have several labels."""
    return {"questions": {each.name: _labels(project, each, filters) for each in labelled(project)}}


def _labels(project: Project, question: Any, filters: Filters) -> dict[str, Any]:
    settled = Consensus.objects.filter(
        within(project, filters), project=project, question=question.name, item__stage=Stage.SETTLED
    )
    found = Counter(dict.fromkeys(question.values, 0))
    items = 0
    for value, times in settled.order_by().values_list("value").annotate(items=Count("pk")).iterator():
        items += times
        for key in type_of(question).keys(question, value):
            found[key] += times
    return {"items": items, "labels": dict(found)}


def present(membership: Membership, value: Value) -> Figure:
    asked = [each for each in membership.project.question_list if each.name in value["questions"]]
    if not asked:
        return nothing(_("No question has labels to count."))
    if not any(value["questions"][each.name]["items"] for each in asked):
        return nothing(_("Nothing is settled yet."))
    rows, charts, stats = [], [], []
    for question in asked:
        items, labels = value["questions"][question.name]["items"], value["questions"][question.name]["labels"]
        bars = []
        for label, times in labels.items():
            link = Link({"stage": "settled", "label": f"{question.name}:{label}"})
            title = str(question.option_title(label))
            part = times / items if items else None
            rows.append(
                (words(question.title), words(title, link, head=True), count(times, link), share(part))
            )  # fmt: skip
            hue: Any = "bad" if times < FEW else "series-1"
            bars.append(Bar(title, times, f"{title}: {number(times)} ({percent(part)})", hue=hue, link=link))
        charts.append(Bars(question.title, tuple(bars[:DRAWN]), Axis(_("Items"), low=0.0)))
        few = [str(question.option_title(label)) for label, times in labels.items() if times < FEW]
        most, least = max(labels.values(), default=0), min(labels.values(), default=0)
        ratio = _("%(most)s to %(least)s") % {"most": number(most), "least": number(least)}
        told = _("under %(few)s items: %(labels)s") % {"few": FEW, "labels": ", ".join(few[:5])} if few else ""
        stats.append(Stat(question.title, ratio, told))
    return Figure(
        columns=(
            Column("question", _("Question"), False), Column("label", _("Label"), False), Column("items", _("Items")),
            Column("share", _("Share")),
        ),
        rows=tuple(rows),
        charts=tuple(charts),
        stats=tuple(stats),
        note=_("Settled items alone. Above: the most frequent label against the rarest."),
    )  # fmt: skip


BALANCE = Kind("balance", gettext_lazy("Balance of labels"), "quality", measure, present)
