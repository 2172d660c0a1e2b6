"""Reports as text: numbers with their intervals, and Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from annotation.questions.speech import gettext as _
from annotation.questions.speech import number

from .base import CellValue, Column, Kind, Measured, Report, Table

NOTHING = "–"


def learner_titles() -> dict[str, str]:
    """Those of `learners`, by their names."""
    return {
        "words": _("Logistic regression on words"),
        "frozen": _("Head on frozen MiniLM"),
        "tuned": _("MiniLM, fine-tuned"),
    }


def shown_share(value: float) -> str:
    """.1234 → “12.3 %”."""
    return f"{100 * value:.1f} %"


def points(found: Measured) -> str:
    """A difference of shares: “+3.1 points, +0.4 to +5.8”."""
    if found.low is None or found.high is None:
        return _("%(value)s points") % {"value": f"{100 * found.value:+.1f}"}
    told = {"value": found.value, "low": found.low, "high": found.high}
    return _("%(value)s points, %(low)s to %(high)s") % {key: f"{100 * each:+.1f}" for key, each in told.items()}


def written(value: CellValue, kind: Kind) -> str:
    """A cell as people read it, its interval in brackets."""
    match value:
        case None:
            return NOTHING
        case str():
            return value
        case Measured(low=float() as low, high=float() as high):
            return f"{_plain(value.value, kind)} ({_plain(low, kind)}…{_plain(high, kind)})"
        case Measured():
            return _plain(value.value, kind)
    return _plain(value, kind)


def markdown(title: str, report: Report, facts: list[tuple[str, str]]) -> str:
    """The whole report. `facts`: what it was made with, by name."""
    return "\n".join(_lines(title, report, facts)) + "\n"


def _plain(value: float, kind: Kind) -> str:
    match kind:
        case "share":
            return shown_share(value)
        case "points":
            return f"{100 * value:+.1f}"
        case "decimal":
            return f"{value:.2f}"
    return number(int(value))


def _lines(title: str, report: Report, facts: list[tuple[str, str]]) -> Iterator[str]:
    yield from (f"# {_escaped(title)}", "")
    yield from (f"- {_escaped(finding)}" for finding in report.findings)
    for table in report.tables:
        yield from _table(table)
    for funnel in report.funnels:
        columns = Column(funnel.title), Column(_("Count"), "count")
        yield from _table(Table(funnel.title, columns, funnel.steps))
    if report.method:
        yield from ("", "## " + _("Method"), "")
        for paragraph in report.method:
            yield from (_escaped(paragraph), "")
    yield from ("## " + _("Made with"), "")
    yield from (f"- {_escaped(name)}: {_escaped(value)}" for name, value in facts)


def _table(table: Table) -> Iterator[str]:
    yield from ("", f"## {_escaped(table.title)}", "")
    yield f"| {' | '.join(_escaped(column.title) for column in table.columns)} |"
    yield f"| {' | '.join('---' if column.kind == 'text' else '---:' for column in table.columns)} |"
    for row in table.rows:
        cells = [_escaped(written(cell, column.kind)) for cell, column in zip(row, table.columns, strict=True)]
        yield f"| {' | '.join(cells)} |"
    if table.note:
        yield from ("", _escaped(table.note))


def _escaped(text: str) -> str:
    """Labels are strangers' words: no markup and no row of a table is made of them."""
    for sign in ("\\", "`", "*", "_", "<", "[", "|", "#"):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())
