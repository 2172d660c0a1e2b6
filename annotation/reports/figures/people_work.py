"""People side by side: how fast they are, how often right, how near to each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from typing import Any

from django.db.models import Count, Q
from django.db.models.aggregates import Aggregate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.scoring import wilson
from annotation.models import Annotation, Membership, Project
from annotation.models.filters import Filters
from annotation.questions.speech import number

from ..charts import Axis, Estimate, Estimates
from ..gold import checked_by
from .base import (
    Cell,
    Column,
    Figure,
    Kind,
    Stat,
    Value,
    between,
    count,
    decimal,
    nothing,
    percent,
    share,
    within,
    words,
)
from .faces import Face, people_shown
from .voting import beside_others, labelled, votes_of_people

PEOPLE = 200
DRAWN = 20


class Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def measure(project: Project, filters: Filters) -> Value:
    """{"people": {annotator: [answers, median seconds, timed, seen, known answers right, checked, as others say,
    compared]}}, those with the most answers."""
    about = Annotation.objects.current().human().filter(within(project, filters), project=project, advice=False)
    counted = about.order_by().values_list("annotator").annotate(
        answers=Count("pk"), median=Median("seconds"), timed=Count("seconds"),
        seen=Count("pk", filter=Q(suggestion_seen=True)),
    )  # fmt: skip
    busiest = list(counted.order_by("-answers", "annotator")[:PEOPLE])
    checked = checked_by(project, about)
    near, compared = _against_others(project, filters)
    return {
        "people": {
            str(pk): [answers, median, timed, seen, *astuple(checked[pk]), near[pk], compared[pk]]
            for pk, answers, median, timed, seen in busiest
        },
        "more": max(0, counted.count() - PEOPLE),
    }


def _against_others(project: Project, filters: Filters) -> tuple[Counter[int], Counter[int]]:
    """Answer by answer, over all questions with options: the same as most others gave."""
    near: Counter[int] = Counter()
    compared: Counter[int] = Counter()
    votes = votes_of_people(project, filters)
    for question in labelled(project):
        for _item, annotator, own, theirs in beside_others(question, votes):
            compared[annotator] += 1
            near[annotator] += own == theirs
    return near, compared


def present(membership: Membership, value: Value) -> Figure:
    if not value["people"]:
        return nothing(_("Nobody has answered an item yet."))
    faces = people_shown(membership, [int(pk) for pk in value["people"]])
    known = [(faces[int(pk)], figures) for pk, figures in value["people"].items() if int(pk) in faces]
    estimates = []
    for face, (*_rest, right, checked, near, compared) in known[:DRAWN]:
        for group, good, total in ((_("as others say"), near, compared), (_("known answers"), right, checked)):
            if total:
                low, high = wilson(good, total)
                told = f"{face.name}, {group}: {percent(good / total)} ({between(low, high)}) · {number(total)}"
                estimates.append(Estimate(face.name, good / total, low, high, told, group, link=face.items))
    compared, checked = (sum(figures[place] for _face, figures in known) for place in (7, 5))
    answers = sum(figures[0] for _face, figures in known)
    near, right = (sum(figures[place] for _face, figures in known) for place in (6, 4))
    return Figure(
        columns=(
            Column("person", _("Person"), False), Column("answers", _("Answers")),
            Column("seconds", _("Median seconds")), Column("per_hour", _("Answers an hour")),
            Column("seen", _("Suggestion seen")), Column("as_others", _("As others say")),
            Column("others_low", _("at least")), Column("others_high", _("at most")), Column("compared", _("Compared")),
            Column("right", _("Known answers right")), Column("right_low", _("at least")),
            Column("right_high", _("at most")), Column("checked", _("Known answers")),
        ),
        rows=tuple(_row(face, figures) for face, figures in known),
        charts=(
            (Estimates(_("Right"), tuple(estimates), Axis(_("Share of answers"), "share", low=0.0, high=1.0)),)
            if estimates
            else ()
        ),
        stats=(
            Stat(_("People"), number(len(known) + value["more"])),
            Stat(_("Answers"), number(answers)),
            Stat(_("As others say"), percent(near / compared) if compared else None,
                 "" if compared else _("No two people have answered the same item yet.")),
            Stat(_("Known answers right"), percent(right / checked) if checked else None,
                 "" if checked else _("Nobody has met an item with a known answer yet.")),
        ),
        note=_(
            "As others say: what most others answered, the person’s own vote left out; items on which the others are "
            "split do not count. Answers an hour: at the median pace. Intervals are at 95 % (Wilson)."
        ),
    )  # fmt: skip


def _row(face: Face, figures: list[Any]) -> tuple[Cell, ...]:
    answers, median, timed, seen, right, checked, near, compared = figures
    (low, high), (near_low, near_high) = wilson(right, checked), wilson(near, compared)
    return (
        words(face.name, face.page, head=True),
        count(answers, face.items),
        decimal(median if timed else None, digits=1),
        count(round(3600 / median) if timed and median else None),
        share(seen / answers),
        share(near / compared if compared else None),
        share(near_low if compared else None),
        share(near_high if compared else None),
        count(compared),
        share(right / checked if checked else None),
        share(low if checked else None),
        share(high if checked else None),
        count(checked),
    )


PEOPLE_WORK = Kind("people_work", gettext_lazy("People side by side"), "people", measure, present, wide=True)
