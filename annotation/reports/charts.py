"""What a figure draws, in words of its own: small typed charts. `vega` says how they look, `drawing` makes the SVG.

Every mark may lead somewhere (`Link`), and says what it stands for when somebody points at it (`told`). A chart has the
table of its figure behind it, so it need not show every number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

# How marks are coloured: by place (series-1…), or by what they mean. `static/css/dashboard.css` has a variable for
# each.
Hue = Literal[
    "series-1", "series-2", "series-3", "series-4", "series-5", "series-6",
    "stage-new", "stage-human", "stage-disputed", "stage-review", "stage-settled",
    "good", "bad", "muted",
]  # fmt: skip
SERIES: tuple[Hue, ...] = ("series-1", "series-2", "series-3", "series-4", "series-5", "series-6")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a number leads: a page of the project by its route's name, e.g. the items that an explorer's query finds.

    The filters that the figure itself was asked with are added to `query` where the page is the items'.
    """

    query: Mapping[str, str] = field(default_factory=dict)
    page: str = "items"
    pk: int | None = None

    def __hash__(self) -> int:
        return hash((self.page, self.pk, frozenset(self.query.items())))


@dataclass(frozen=True, slots=True)
class Axis:
    """`share`: 0 to 1, written as %. `time`: datetimes in UTC, written by day, or by the hour where `hours`."""

    title: str = ""
    kind: Literal["number", "share", "time"] = "number"
    low: float | None = None
    high: float | None = None
    hours: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """`low` to `high` is its interval."""

    x: float | datetime
    y: float
    told: str = ""
    low: float | None = None
    high: float | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    points: tuple[Point, ...]
    hue: Hue | None = None
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over time or numbers, each with a band where its points have intervals."""

    title: str
    series: tuple[Series, ...]
    x: Axis
    y: Axis


@dataclass(frozen=True, slots=True)
class Bar:
    """`group`: the series that it belongs to, where bars of one name stand on each other or side by side."""

    name: str
    value: float
    told: str = ""
    group: str = ""
    hue: Hue | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """Horizontal bars in their order, one row a name; bars of several groups are stacked, or `beside` each other."""

    title: str
    bars: tuple[Bar, ...]
    value: Axis
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval; without one, `low` and `high` are None."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    told: str = ""
    group: str = ""
    hue: Hue | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Estimates:
    """Dots with whiskers, one row a name; several groups stand below each other in the row.

    `rule`: a vertical line to compare with, e.g. a target.
    """

    title: str
    estimates: tuple[Estimate, ...]
    value: Axis
    rule: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """`strength`, 0 to 1: how dark it is; `text` is written into it."""

    row: str
    column: str
    strength: float
    text: str = ""
    told: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A confusion, or how much each pair has in common."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[Cell, ...]
    row_title: str = ""
    column_title: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """`weight`: its area, against the other dots'."""

    x: float
    y: float
    told: str = ""
    group: str = ""
    weight: float = 1
    hue: Hue | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Dots:
    """A scatter. `ideal` draws where both are the same, as in a reliability diagram; `joined` joins a group's dots."""

    title: str
    dots: tuple[Dot, ...]
    x: Axis
    y: Axis
    ideal: bool = False
    joined: bool = False


Chart = Lines | Bars | Estimates | Heatmap | Dots


def links_of(chart: Chart) -> dict[Link, int]:
    """Every link of a chart once, with its number in the order of the marks: `drawing` leaves that in the SVG."""
    found: dict[Link, int] = {}
    for mark in _marks(chart):
        if mark.link is not None:
            found.setdefault(mark.link, len(found))
    return found


def _marks(chart: Chart) -> list[Point] | list[Bar] | list[Estimate] | list[Cell] | list[Dot]:
    match chart:
        case Lines():
            return [point for series in chart.series for point in series.points]
        case Bars():
            return list(chart.bars)
        case Estimates():
            return list(chart.estimates)
        case Heatmap():
            return list(chart.cells)
        case Dots():
            return list(chart.dots)
