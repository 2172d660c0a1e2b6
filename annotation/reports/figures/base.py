"""A figure: numbers that people decide from, as a table with what is drawn of it, and how they come to be.

A figure has two halves. `measure` reads the rows, as long as that takes, and answers plain JSON: a worker does it, and
`workflow/measuring` keeps what it answered. `present` makes a Figure of that for one reader, at once: titles in their
language, and links. So a page never waits for a count. To add one: a file beside this one with its `Kind`, and its line
in `registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.formats import number_format
from django.utils.timezone import localtime

from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions.speech import number

from ..charts import Chart, Link

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """One place in a table: `text` on the page, `value` in files and the API (text, a number, or None)."""

    text: str
    value: Any = None
    link: Link | None = None
    head: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """`key` is its name in the API and in CSV; `numeric` ones are set to the right."""

    key: str
    title: StrOrPromise
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Stat:
    """One number that stands out. `value` is None where it is undefined, and `note` then says why."""

    label: StrOrPromise
    value: str | None
    note: StrOrPromise = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """`note` says how the numbers came about. `missing`: why there is nothing to show yet, and what to do about it.

    `items`: where rows are about single items, the item of each row: people can be asked about them again.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    charts: tuple[Chart, ...] = ()
    stats: tuple[Stat, ...] = ()
    note: StrOrPromise = ""
    missing: StrOrPromise = ""
    items: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """`board`: the dashboard it stands on. `edition` is raised when `measure` answers something of another shape.

    `measure(project, filters)`: JSON of at most some 100 kB, bounded in memory, without names that a language has.
    `present(membership, value)`: for this member; managers may see more than reviewers, annotators see no figure.
    """

    name: str
    title: StrOrPromise
    board: str
    measure: Callable[[Project, Filters], Value]
    present: Callable[[Membership, Value], Figure]
    edition: int = 1
    wide: bool = False
    """Takes the whole width of the page."""
    slow: bool = False
    """A worker counts it in small projects, too: it trains or asks models."""
    vectors: Callable[[Project, Filters], Sequence[int]] | None = None
    """The items whose vectors `measure` reads; those without one are embedded before."""


def nothing(missing: StrOrPromise) -> Figure:
    """A figure that has nothing to show yet."""
    return Figure((), (), missing=missing)


def within(project: Project, filters: Filters, path: str = "item") -> Q:
    """Rows about the items that fit the filters, `path` being their item; all rows where nothing is asked."""
    return Q(**{f"{path}__in": select(project, filters).values("pk")}) if filters.asked else Q()


def words(text: object, link: Link | None = None, *, head: bool = False) -> Cell:
    """Text, e.g. a name; `head` heads its row."""
    return Cell(str(text), str(text), link, head)


def count(value: int | None, link: Link | None = None) -> Cell:
    """12345 → “12,345”."""
    return Cell("–" if value is None else number(value), value, link)


def share(value: float | None, link: Link | None = None) -> Cell:
    """.1234 → “12.3 %”."""
    return Cell(percent(value), None if value is None else round(value, 6), link)


def decimal(value: float | None, link: Link | None = None, *, digits: int = 2) -> Cell:
    """.7123 → “0.71”."""
    return Cell("–" if value is None else spoken(value, digits), None if value is None else round(value, 6), link)


def chance(value: float | None) -> Cell:
    """A p-value: .0123 → “0.012”, and “< 0.001” where it is smaller."""
    if value is None or value >= 0.0005:
        return decimal(value, digits=3)
    return Cell(f"< {spoken(0.001, 3)}", round(value, 9))


def moment(value: datetime, link: Link | None = None, *, hours: bool = False) -> Cell:
    """A day, or an hour of one, in the site's time zone."""
    return Cell(f"{localtime(value):%Y-%m-%d %H:%M}" if hours else f"{value:%Y-%m-%d}", value.isoformat(), link, True)


def spoken(value: float, digits: int) -> str:
    """A number with so many digits after the point, in the reader's way of writing it."""
    # Rounded first: Django cuts digits off.
    return str(number_format(round(value, digits), digits))


def percent(value: float | None, *, digits: int = 1) -> str:
    return "–" if value is None else f"{spoken(100 * value, digits)} %"


def between(low: float | None, high: float | None) -> str:
    """The bounds of an interval of shares: “91.2–95.0 %”."""
    if low is None or high is None:
        return "–"
    return f"{spoken(100 * low, 1)}–{spoken(100 * high, 1)} %"


def table(figure: Figure) -> list[list[Any]]:
    """For a spreadsheet: the keys of the columns, then the values."""
    return [[column.key for column in figure.columns], *([cell.value for cell in row] for row in figure.rows)]
