"""What an experiment came to, as pages and files show it: tables, charts and facts, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.experiments.base import Forest, Funnel, Plot, Report
from annotation.experiments.registry import EXPERIMENTS
from annotation.experiments.writing import markdown, written
from annotation.models import Experiment

from .charts import Axis, Bar, Bars, Chart, Estimate, Estimates, Lines, Point, Series

SETTINGS = {
    "small": gettext_lazy("small"),
    "full": gettext_lazy("full"),
    "bundled": gettext_lazy("the bundled model, with adapters"),
}
Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """`report` is None where the experiment has no value, or was made by another version of it."""

    title: str
    summary: str
    paper: str
    facts: Facts
    report: Report | None
    charts: tuple[Chart, ...] = ()


def told(experiment: Experiment) -> Told:
    """An experiment whose kind is gone keeps its name, and its figures in the JSON file."""
    described = EXPERIMENTS.get(experiment.name)
    facts = facts_of(experiment)
    if described is None:
        return Told(experiment.name, "", "", facts, None)
    report = None
    if experiment.value is not None and described.version == experiment.version:
        report = described.present(experiment.value)
    charts = charts_of(report) if report else ()
    return Told(_(described.title), _(described.summary), described.paper, facts, report, charts)


def titles() -> dict[str, str]:
    """Of the experiments there are, by name."""
    return {name: _(described.title) for name, described in EXPERIMENTS.items()}


def shown_tables(report: Report) -> list[dict[str, Any]]:
    """As the template wants them: every cell as it is written, numbers to the right, the first cell heads its row."""
    return [
        {
            "title": table.title,
            "note": table.note,
            "columns": [{"title": column.title, "numeric": column.kind != "text"} for column in table.columns],
            "rows": [
                [
                    {"text": written(cell, column.kind), "numeric": column.kind != "text"}
                    for cell, column in zip(row, table.columns, strict=True)
                ]
                for row in table.rows
            ],
        }
        for table in report.tables
    ]


def markdown_of(experiment: Experiment) -> str:
    """The report as a file."""
    shown = told(experiment)
    return markdown(shown.title, shown.report or Report(findings=()), shown.facts)


def charts_of(report: Report) -> tuple[Chart, ...]:
    """Everything that is drawn of a report, in its order."""
    return (
        *(_lines(plot) for plot in report.plots),
        *(_estimates(forest) for forest in report.forests),
        *(_bars(funnel) for funnel in report.funnels),
    )


def facts_of(experiment: Experiment) -> Facts:
    """With what it was made: enough to do it again."""
    data, made = experiment.data or {}, experiment.made_with or {}
    facts = [
        (_("Setting"), str(SETTINGS.get(experiment.setting, experiment.setting))),
        (_("Seeds"), ", ".join(map(str, range(experiment.seeds)))),
    ]
    if data:
        sizes = _("%(train)s texts to learn from, %(test)s held out") % {"train": data["train"], "test": data["test"]}
        facts += [(_("Data"), f"{data['name']}: {sizes}"), (_("Fingerprint of the data"), data["digest"])]
        facts.append((_("Labels"), ", ".join(data["labels"])))
    if llm := experiment.config.get("llm"):
        facts.append((_("Language model"), f"{llm}, {made['model']}" if made.get("model") else llm))
    if made:
        libraries = ", ".join(f"{name} {version}" for name, version in made["libraries"].items())
        facts += [(_("Machine"), made["machine"]), (_("Libraries"), libraries)]
    facts.append((_("Version of the experiment"), str(experiment.version)))
    simple = {name: value for name, value in experiment.parameters.items() if not isinstance(value, dict | list)}
    lists = {
        name: " ".join(map(str, value)) for name, value in experiment.parameters.items() if isinstance(value, list)
    }
    facts.append((_("Parameters"), ", ".join(f"{name} {value}" for name, value in (simple | lists).items())))
    return facts


def _lines(plot: Plot) -> Lines:
    series = tuple(
        Series(
            curve.name,
            tuple(
                Point(x, found.value, f"{curve.name}, {x:g}: {found.value:.1%}", found.low, found.high)
                for x, found in curve.points
            ),
            dashed=curve.dashed,
        )
        for curve in plot.curves
    )
    return Lines(plot.title, series, Axis(plot.x), Axis(plot.y, "share"))


def _estimates(forest: Forest) -> Estimates:
    # As points, not as shares: a difference of shares is no share.
    rows = tuple(
        Estimate(
            name,
            100 * found.value,
            None if found.low is None else 100 * found.low,
            None if found.high is None else 100 * found.high,
            f"{name}, {group}: {100 * found.value:+.1f}",
            group,
        )
        for name, group, found in forest.rows
    )
    return Estimates(forest.title, rows, Axis(forest.value), rule=0.0)


def _bars(funnel: Funnel) -> Bars:
    bars = tuple(Bar(name, count, f"{name}: {count:,}", hue="series-1") for name, count in funnel.steps)
    return Bars(funnel.title, bars, Axis(low=0))
