"""Do people agree with each other, all in all and as time goes by?"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.agreement import Agreement, alpha_of, alpha_over
from annotation.aggregation.ballots import Ballots, ballots
from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.questions import Question, type_of
from annotation.questions.speech import number

from ..charts import Axis, Lines, Link, Point, Series
from .base import Cell, Column, Figure, Kind, Stat, Value, count, decimal, moment, nothing, share, spoken, words
from .steps import step_for, step_of
from .voting import Given, votes_of_people

REPLICATES = 400
WINDOWS = 16


def measure(project: Project, filters: Filters) -> Value:
    answers = votes_of_people(project, filters)
    if not answers:
        return {"questions": {}}
    newest: dict[Hashable, datetime] = {}
    for item, _annotator, at, _given in answers:
        newest[item] = max(at, newest.get(item, at))
    step = step_for(min(newest.values()), max(newest.values()), most=WINDOWS)
    windows: dict[Hashable, Hashable] = {
        item: step_of(at, step) for item, at in sorted(newest.items(), key=lambda each: each[1])
    }
    return {
        "step": step.total_seconds(),
        "questions": {
            question.name: _agreed(question, _ballots(question, answers), windows) for question in project.question_list
        },
    }


def _ballots(question: Question, answers: list[Given]) -> Ballots:
    return ballots(
        (item, annotator, given[question.name]) for item, annotator, _at, given in answers if question.name in given
    )


def _agreed(question: Question, votes: Ballots, windows: dict[Hashable, Hashable]) -> Value:
    distance = partial(type_of(question).distance, question)
    # Only windows in which two people answered one item say something.
    held = votes.only((votes.sizes() > 1)[votes.items]) if len(votes.items) else votes
    seen = {held.item_names[number]: windows[held.item_names[number]] for number in dict.fromkeys(held.items.tolist())}
    over = alpha_over(held, dict(sorted(seen.items(), key=lambda each: str(each[1]))), distance, replicates=REPLICATES)
    return {
        "all": asdict(alpha_of(votes, distance, replicates=REPLICATES)),
        "windows": [[str(begin), asdict(found)] for begin, found in over.items()],
    }


def present(membership: Membership, value: Value) -> Figure:
    project = membership.project
    asked = [question for question in project.question_list if question.name in value["questions"]]
    if not asked:
        return nothing(_("Nobody has answered an item yet."))
    found = {question.name: value["questions"][question.name] for question in asked}
    stats = [_stat(question.title, Agreement(**found[question.name]["all"])) for question in asked]
    if all(stat.value is None for stat in stats):
        reason = stats[0].note
        wanted = _("Let two people answer the same items: settings, “people per item”.") if project.overlap < 2 else ""
        return Figure((), (), missing=f"{reason} {wanted}".strip())
    step = timedelta(seconds=value["step"])
    hours = step < timedelta(days=1)
    rows, series = [], []
    for question in asked:
        points = []
        for begun, figures in found[question.name]["windows"]:
            begin, agreed = datetime.fromisoformat(begun), Agreement(**figures)
            link = None if hours else Link(_between(begin, step))
            rows.append(_row(question, begin, agreed, hours, link))
            if agreed.alpha is not None:
                told = f"{begin:%Y-%m-%d %H:%M}: α {agreed.alpha:.2f} · {number(agreed.items)}"
                points.append(Point(begin, agreed.alpha, told, agreed.low, agreed.high, link))
        if points:
            series.append(Series(question.title, tuple(points)))
    y = Axis(_("α"), high=1)
    return Figure(
        columns=(
            Column("question", _("Question"), False), Column("begin", _("From"), False), Column("alpha", "α"),
            Column("low", _("at least")), Column("high", _("at most")), Column("raw", _("Same answer")),
            Column("items", _("Items")), Column("undefined", _("Why undefined"), False),
        ),
        rows=tuple(rows),
        charts=(Lines(_("Agreement over time"), tuple(series), Axis(kind="time", hours=hours), y),) if series else (),
        stats=tuple(stats),
        note=_(
            "Krippendorff’s α among people: 1 is perfect, 0 is chance. An item counts where its newest answer lies; "
            "intervals (95 %) are from a bootstrap over items."
        ),
    )  # fmt: skip


def _stat(title: str, agreed: Agreement) -> Stat:
    if agreed.alpha is None:
        return Stat(title, None, _(agreed.undefined))
    note = _("on %(items)s items") % {"items": number(agreed.items)}
    if agreed.low is not None and agreed.high is not None:
        note = f"{spoken(agreed.low, 2)} – {spoken(agreed.high, 2)}, {note}"
    return Stat(title, f"α {spoken(agreed.alpha, 2)}", note, Link({"disagreement": "0.01"}))


def _row(question: Question, begin: datetime, agreed: Agreement, hours: bool, link: Link | None) -> tuple[Cell, ...]:
    return (
        words(question.title),
        moment(begin, hours=hours),
        decimal(agreed.alpha),
        decimal(agreed.low),
        decimal(agreed.high),
        share(agreed.raw),
        count(agreed.items, link),
        words(_(agreed.undefined) if agreed.undefined else ""),
    )


def _between(begin: datetime, step: timedelta) -> dict[str, str]:
    return {"answered_from": f"{begin:%Y-%m-%d}", "answered_to": f"{begin + step - timedelta(days=1):%Y-%m-%d}"}


AGREEMENT = Kind("agreement", gettext_lazy("Agreement of people"), "project", measure, present)
