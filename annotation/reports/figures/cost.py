"""What model annotators cost over time, in money and in tokens."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import accumulate

from django.db.models import Max, Min, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Labeler, Membership, Project, Run
from annotation.models.filters import Filters
from annotation.questions.speech import number

from ..charts import Axis, Lines, Link, Point, Series
from .base import Column, Figure, Kind, Stat, Value, count, decimal, moment, nothing, spoken, words
from .steps import step_for, stepped, steps_between

# Of more versions of model annotators, those that used most are drawn.
DRAWN = 6


def measure(project: Project, filters: Filters) -> Value:
    """Runs are of the whole project: what one item of them cost is not written down."""
    runs = Run.objects.filter(project=project, started_at__isnull=False).order_by()
    span = runs.aggregate(first=Min("started_at"), last=Max("started_at"))
    if span["first"] is None:
        return {"labelers": []}
    step = step_for(span["first"], span["last"])
    steps = steps_between(span["first"], span["last"], step)
    used: dict[int, dict[datetime, tuple[float, int, int]]] = defaultdict(dict)
    sums = runs.values_list("labeler_id", stepped("started_at", step)).annotate(Sum("cost"), Sum("tokens"), Sum("done"))
    for labeler, begin, cost, tokens, done in sums:
        used[labeler][begin] = (float(cost), tokens, done)
    return {
        "step": step.total_seconds(),
        "steps": [begin.isoformat() for begin in steps],
        "labelers": [[labeler, [rows.get(begin, (0.0, 0, 0)) for begin in steps]] for labeler, rows in used.items()],
    }


def present(membership: Membership, value: Value) -> Figure:
    if not value["labelers"]:
        return nothing(_("No model annotator has run yet."))
    names = {each.pk: str(each) for each in Labeler.objects.filter(project=membership.project)}
    begins = [datetime.fromisoformat(each) for each in value["steps"]]
    hours = value["step"] < 86_400
    totals = {pk: [sum(column) for column in zip(*used, strict=True)] for pk, used in value["labelers"]}
    money, tokens, voted = (sum(total[place] for total in totals.values()) for place in (0, 1, 2))
    place = 0 if money else 1
    used_most = sorted(value["labelers"], key=lambda each: -totals[each[0]][place])
    link = {pk: Link(page="labeler", pk=pk) if membership.may_manage else None for pk in totals}
    series = tuple(
        Series(
            names.get(pk, "?"),
            tuple(
                Point(begin, amount, f"{begin:%Y-%m-%d %H:%M}: {amount:,.4g}", link=link[pk])
                for begin, amount in zip(begins, accumulate(row[place] for row in used), strict=True)
            ),
        )
        for pk, used in used_most[:DRAWN]
        if totals[pk][place]
    )
    per_thousand = spoken(1000 * money / voted, 2) if voted else "–"
    time = Axis(kind="time", hours=hours)
    title = _("Cost so far") if money else _("Tokens so far")
    return Figure(
        columns=(
            Column("labeler", _("Model"), False), Column("begin", _("From"), False), Column("cost", _("Cost")),
            Column("tokens", _("Tokens")), Column("items", _("Items")),
        ),
        rows=tuple(
            (
                words(names.get(pk, "?"), link[pk], head=True), moment(begin, hours=hours), decimal(cost, digits=4),
                count(count_of_tokens), count(done),
            )
            for pk, used in used_most
            for begin, (cost, count_of_tokens, done) in zip(begins, used, strict=True)
            if done or cost or count_of_tokens
        ),
        charts=(Lines(title, series, time, Axis(title)),) if series and len(begins) > 1 else (),
        stats=(
            Stat(_("Cost"), spoken(money, 2), _("per 1,000 items: %(cost)s") % {"cost": per_thousand}),
            Stat(_("Tokens"), number(tokens)),
            Stat(_("Votes and tries"), number(voted)),
        ),
        note=_("Of all runs of the project, tries included; filters do not narrow it."),
    )  # fmt: skip


COST = Kind("cost", gettext_lazy("Cost of models"), "project", measure, present)
