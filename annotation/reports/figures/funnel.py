"""How many items stand where."""

from __future__ import annotations

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions.speech import number

from ..charts import Axis, Bar, Bars, Hue, Link
from .base import Column, Figure, Kind, Stat, Value, count, nothing, percent, share, words

HUES: dict[Stage, Hue] = {
    Stage.NEW: "stage-new",
    Stage.HUMAN: "stage-human",
    Stage.DISPUTED: "stage-disputed",
    Stage.REVIEW: "stage-review",
    Stage.SETTLED: "stage-settled",
}


def measure(project: Project, filters: Filters) -> Value:
    counted = dict(select(project, filters).order_by().values_list("stage").annotate(count=Count("pk")))
    return {stage.value: counted.get(stage.value, 0) for stage in Stage}


def present(membership: Membership, value: Value) -> Figure:
    total = sum(value.values())
    if not total:
        return nothing(_("No item fits. Upload some, or take back a filter."))
    links = {stage: Link({"stage": stage.value}) for stage in Stage}
    bars = [
        Bar(
            str(stage.label),
            value[stage],
            f"{stage.label}: {number(value[stage])} · {percent(value[stage] / total)}",
            hue=HUES[stage],
            link=links[stage],
        )
        for stage in Stage
    ]
    return Figure(
        columns=(Column("stage", _("Stage"), False), Column("items", _("Items")), Column("share", _("Share"))),
        rows=tuple(
            (
                words(stage.label, links[stage], head=True),
                count(value[stage], links[stage]),
                share(value[stage] / total),
            )
            for stage in Stage
        ),
        charts=(Bars(_("Items by stage"), tuple(bars), Axis(_("Items"))),),
        stats=(
            Stat(_("Items"), number(total), link=Link()),
            Stat(_("Settled"), percent(value[Stage.SETTLED] / total), link=links[Stage.SETTLED]),
        ),
    )


FUNNEL = Kind("funnel", gettext_lazy("Items by stage"), "project", measure, present)
