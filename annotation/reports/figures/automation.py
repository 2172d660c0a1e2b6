"""Who settles items, and by which licence models do so alone."""

from __future__ import annotations

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import DecidedBy, Licence, Membership, Project, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions.speech import number

from ..charts import Axis, Bar, Bars, Hue, Link
from .base import Column, Figure, Kind, Stat, Value, count, nothing, percent, share, words

HUES: dict[DecidedBy, Hue] = {
    DecidedBy.PEOPLE: "series-1",
    DecidedBy.MODEL: "series-3",
    DecidedBy.REVIEWER: "series-6",
    DecidedBy.JUDGE: "series-2",
}


def measure(project: Project, filters: Filters) -> Value:
    settled = select(project, filters).filter(stage=Stage.SETTLED).order_by()
    # Whoever decided an item decided all of its questions: a consensus row of any of them tells.
    counted = settled.values_list("consensus__decided_by").annotate(count=Count("pk", distinct=True))
    held = Licence.objects.filter(project=project, revoked_at__isnull=True).order_by("label")
    last = Licence.objects.filter(project=project, revoked_at__isnull=False).order_by("-revoked_at").first()
    return {
        "decided": {by: items for by, items in counted if by},
        "licences": list(held.values("label", "threshold", "right", "accepted", "bound", "target")),
        "revoked": last.reason if last else "",
    }


def present(membership: Membership, value: Value) -> Figure:
    decided, total = value["decided"], sum(value["decided"].values())
    if not total:
        return nothing(_("Nothing is settled yet."))
    links = {by: Link({"stage": "settled", "decided_by": by.value}) for by in DecidedBy}
    shown = [by for by in DecidedBy if decided.get(by.value)]
    alone = decided.get(DecidedBy.MODEL.value, 0)
    bars = tuple(
        Bar(
            str(by.label),
            decided[by.value],
            f"{by.label}: {number(decided[by.value])}",
            hue=HUES[by],
            link=links[by],
        )
        for by in shown
    )
    licensed = _licensed(membership.project, value)
    return Figure(
        columns=(
            Column("decided_by", _("Decided by"), False), Column("items", _("Items")), Column("share", _("Share"))
        ),
        rows=tuple(
            (
                words(by.label, links[by], head=True), count(decided[by.value], links[by]),
                share(decided[by.value] / total),
            )
            for by in shown
        ),
        charts=(Bars(_("Settled items by who decided"), bars, Axis(_("Items"))),),
        stats=(
            Stat(_("Settled by models alone"), percent(alone / total), licensed, links[DecidedBy.MODEL]),
        ),
    )  # fmt: skip


def _licensed(project: Project, value: Value) -> str:
    if value["licences"]:
        weakest = min(value["licences"], key=lambda each: each["bound"])
        return _(
            "Licensed: from a posterior of %(threshold)s, %(right)s of %(accepted)s blind audits were right, so at "
            "least %(bound)s are, with 95 %% confidence; %(target)s was asked for."
        ) % {
            "threshold": percent(weakest["threshold"]),
            "right": number(weakest["right"]),
            "accepted": number(weakest["accepted"]),
            "bound": percent(weakest["bound"]),
            "target": percent(weakest["target"]),
        }
    if project.licensed:
        return _("Blind audits allow it.")
    if project.min_human:
        return _("The policy wants people’s answers on every item.")
    return value["revoked"] or _("No licence: blind audits have not proved the models right often enough yet.")


AUTOMATION = Kind("automation", gettext_lazy("Who decides"), "project", measure, present)
