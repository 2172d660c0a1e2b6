"""How each kind of chart looks: as a Vega-Lite 6 specification (https://vega.github.io/vega-lite/docs/).

Colours are stand-ins: `drawing` puts the page's variables, or a file's colours, in their places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .charts import SERIES, Axis, Bars, Chart, Dots, Estimates, Heatmap, Hue, Lines, Link, links_of

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
# One drawing serves a phone and a wide screen: it is scaled between 0.85 and 1.3.
WIDTH, HEIGHT = 380, 190
ROW = 26
LONGEST_NAME = 140
# Of legends: the room beside the axis, a letter on average, and a mark with the space around it, in pixels.
ROOM, LETTER, MARK, MOST_COLUMNS = WIDTH - 50, 6, 24, 3
# A number fits into a cell of a heatmap with so many columns at most; in wider ones the shade speaks, and the table.
NUMBERED_COLUMNS = 6
# A mark's link is its number; nothing else of an address gets into a drawing, so drawings can be kept and shared.
LINK = "https://link.invalid/"
NAMES = ("ink", "muted", "line", "surface", *SERIES, "stage-new", "stage-human", "stage-disputed", "stage-review",
         "stage-settled", "good", "bad")  # fmt: skip
STAND_IN = {name: f"#0102{number:02x}" for number, name in enumerate(NAMES, 16)}
INK, LINE, SURFACE, MUTED = (STAND_IN[name] for name in ("ink", "line", "surface", "muted"))
# Told apart without colour too.
DASHES = ([1, 0], [6, 3], [2, 3], [8, 3, 2, 3], [4, 2], [1, 3])
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")

CONFIG = {
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": MUTED, "titleColor": MUTED,
        "gridColor": LINE, "domainColor": LINE, "ticks": False, "labelPadding": 6, "titlePadding": 8,
        "labelLimit": LONGEST_NAME, "tickCount": 5, "domain": False, "aria": False,
    },
    "legend": {
        "labelFontSize": 12, "labelColor": INK, "title": None, "orient": "top", "direction": "horizontal",
        "labelLimit": LONGEST_NAME, "symbolStrokeWidth": 2, "symbolOpacity": 1,
        "symbolSize": 70, "aria": False,
    },
    "text": {"fontSize": 12, "color": INK},
}  # fmt: skip


def specification(chart: Chart) -> dict[str, Any]:
    """The chart as Vega-Lite."""
    links = links_of(chart)
    match chart:
        case Lines():
            drawn = _lines(chart, links)
        case Bars():
            drawn = _bars(chart, links)
        case Estimates():
            drawn = _estimates(chart, links)
        case Heatmap():
            drawn = _heatmap(chart, links)
        case Dots():
            drawn = _dots(chart, links)
    return {
        "$schema": SCHEMA,
        "background": None,
        "padding": {"left": 14, "right": 8, "top": 4, "bottom": 4},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": CONFIG,
        "width": WIDTH,
        "height": HEIGHT,
        **drawn,
    }


def _lines(chart: Lines, links: Mapping[Link, int]) -> dict[str, Any]:
    hues = [each.hue or SERIES[place % len(SERIES)] for place, each in enumerate(chart.series)]
    dashes = [DASHES[1] if each.dashed else DASHES[0] for each in chart.series]
    rows = [
        {
            "series": series.name, "x": _place(point.x), "y": point.y, "low": point.low, "high": point.high,
            "told": point.told, "link": _linked(point.link, links),
        }
        for series in chart.series
        for point in series.points
    ]  # fmt: skip
    names = [each.name for each in chart.series]
    color = _color(names, hues, legend=len(names) > 1)
    x, y = _axis("x", chart.x, grid=False), _axis("y", chart.y)
    # Without a word about a legend: it is one with the colours'.
    dash = {
        "field": "series",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": names, "range": dashes},
        "title": None,
    }
    dash |= {} if len(names) > 1 else {"legend": None}
    layers = [
        {"mark": {"type": "line", "strokeWidth": 2, "aria": False},
         "encoding": {"x": x, "y": y, "color": color, "strokeDash": dash}},
        {"mark": {"type": "point", "filled": True, "size": 34, "opacity": 1},
         "encoding": {"x": x, "y": y, "color": color, **_leads()}},
    ]  # fmt: skip
    if any(row["low"] is not None for row in rows):
        band = {
            "transform": [{"filter": "datum.low !== null"}],
            "mark": {"type": "area", "opacity": 0.16, "aria": False},
            "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": color},
        }
        layers.insert(0, band)
    return {"data": {"values": rows}, "layer": layers}


def _bars(chart: Bars, links: Mapping[Link, int]) -> dict[str, Any]:
    names, groups = _once(bar.name for bar in chart.bars), _once(bar.group for bar in chart.bars)
    several = len(groups) > 1
    by_group = {bar.group: bar.hue or SERIES[groups.index(bar.group) % len(SERIES)] for bar in chart.bars}
    rows = [
        {
            "name": bar.name, "value": bar.value, "group": bar.group, "told": bar.told,
            "link": _linked(bar.link, links), "hue": STAND_IN[bar.hue or by_group[bar.group]],
            "place": groups.index(bar.group),
        }
        for bar in chart.bars
    ]  # fmt: skip
    encoding: dict[str, Any] = {
        "y": _names("y", names),
        "x": {**_axis("x", chart.value), "field": "value"},
        "color": _color(groups, list(by_group.values()), legend=True, named="group")
        if several
        else {"field": "hue", "type": "nominal", "scale": None},
        **_leads(),
    }
    if several and chart.beside:
        encoding["yOffset"] = {"field": "group", "type": "nominal", "sort": groups}
        encoding["x"]["stack"] = None
    elif several:
        encoding["order"] = {"field": "place", "type": "quantitative"}
    height = len(names) * (ROW if not chart.beside else max(ROW, 14 * len(groups) + 8))
    return {
        "data": {"values": rows},
        "height": max(height, ROW),
        "mark": {"type": "bar", "cornerRadius": 2, "stroke": SURFACE, "strokeWidth": 1 if several else 0},
        "encoding": encoding,
    }


def _estimates(chart: Estimates, links: Mapping[Link, int]) -> dict[str, Any]:
    names, groups = _once(each.name for each in chart.estimates), _once(each.group for each in chart.estimates)
    by_group = {each.group: each.hue or SERIES[groups.index(each.group) % len(SERIES)] for each in chart.estimates}
    rows = [
        {
            "name": each.name, "group": each.group, "x": each.value, "low": each.low, "high": each.high,
            "told": each.told, "link": _linked(each.link, links),
        }
        for each in chart.estimates
    ]  # fmt: skip
    several = len(groups) > 1
    offset = {"yOffset": {"field": "group", "type": "nominal", "sort": groups}} if several else {}
    shared = {"y": _names("y", names), **offset, "color": _color(groups, list(by_group.values()), several, "group")}
    x = _axis("x", chart.value)
    shape = {
        "field": "group", "type": "nominal", "sort": None, "title": None, **({} if several else {"legend": None}),
        "scale": {"domain": groups, "range": [SHAPES[place % len(SHAPES)] for place in range(len(groups))]},
    }  # fmt: skip
    layers: list[dict[str, Any]] = [
        {"transform": [{"filter": "datum.low !== null"}], "mark": {"type": "rule", "strokeWidth": 2, "aria": False},
         "encoding": {**shared, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
        {"mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
         "encoding": {**shared, "x": x, "shape": shape, **_leads()}},
    ]  # fmt: skip
    if chart.rule is not None:
        layers.insert(0, _rule(chart.rule))
    return {
        "data": {"values": rows},
        "height": len(names) * max(ROW, 15 * len(groups) + 8),
        "layer": layers,
    }


def _heatmap(chart: Heatmap, links: Mapping[Link, int]) -> dict[str, Any]:
    rows = [
        {
            "row": cell.row, "column": cell.column, "strength": cell.strength, "text": cell.text, "told": cell.told,
            "link": _linked(cell.link, links),
        }
        for cell in chart.cells
    ]  # fmt: skip
    x = {
        "field": "column", "type": "nominal", "sort": list(chart.columns), "title": chart.column_title or None,
        "scale": {"domain": list(chart.columns)},
        "axis": {"orient": "top", "labelAngle": -40 if len(chart.columns) > 3 else 0, "grid": False},
    }  # fmt: skip
    y = _names("y", list(chart.rows), field="row", title=chart.row_title)
    numbers = {"mark": {"type": "text", "aria": False}, "encoding": {"x": x, "y": y, "text": {"field": "text"}}}
    return {
        "data": {"values": rows},
        "height": max(2 * ROW, len(chart.rows) * (ROW + 4)),
        "layer": [
            {
                "mark": {"type": "rect", "stroke": SURFACE, "strokeWidth": 2, "cornerRadius": 3},
                "encoding": {
                    "x": x, "y": y, "color": {"value": STAND_IN["series-1"]},
                    # Never so dark that the number on it could not be read.
                    "fillOpacity": {
                        "field": "strength", "type": "quantitative", "legend": None,
                        "scale": {"domain": [0, 1], "range": [0.04, 0.5], "clamp": True},
                    },
                    **_leads(),
                },
            },
            *([numbers] if len(chart.columns) <= NUMBERED_COLUMNS else []),
        ],
    }  # fmt: skip


def _dots(chart: Dots, links: Mapping[Link, int]) -> dict[str, Any]:
    groups = _once(dot.group for dot in chart.dots)
    by_group = {dot.group: dot.hue or SERIES[groups.index(dot.group) % len(SERIES)] for dot in chart.dots}
    rows = [
        {
            "group": dot.group, "x": dot.x, "y": dot.y, "weight": dot.weight, "told": dot.told,
            "link": _linked(dot.link, links),
        }
        for dot in chart.dots
    ]  # fmt: skip
    x, y = _axis("x", chart.x), _axis("y", chart.y)
    color = _color(groups, list(by_group.values()), len(groups) > 1, "group")
    most = max((dot.weight for dot in chart.dots), default=1) or 1
    largest = 24 if len({dot.weight for dot in chart.dots}) < 2 else 320
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "point", "filled": True, "opacity": 0.9},
            "encoding": {
                "x": x, "y": y, "color": color,
                "size": {
                    "field": "weight", "type": "quantitative", "legend": None,
                    "scale": {"domain": [0, most], "range": [24, largest]},
                },
                **_leads(),
            },
        }
    ]  # fmt: skip
    if chart.joined:
        mark = {"type": "line", "strokeWidth": 1.5, "aria": False}
        layers.insert(0, {"mark": mark, "encoding": {"x": x, "y": y, "color": color}})
    if chart.ideal:
        low = max(chart.x.low or 0, chart.y.low or 0)
        high = min(1 if chart.x.high is None else chart.x.high, 1 if chart.y.high is None else chart.y.high)
        ends = [{"x": low, "y": low}, {"x": high, "y": high}]
        mark = {"type": "line", "strokeDash": [4, 4], "strokeWidth": 1, "color": MUTED, "aria": False}
        layers.insert(0, {"data": {"values": ends}, "mark": mark, "encoding": {"x": x, "y": y}})
    return {"data": {"values": rows}, "height": 260, "layer": layers}


def _axis(channel: str, axis: Axis, *, grid: bool = True) -> dict[str, Any]:
    """`channel` is the field, too."""
    shown: dict[str, Any] = {"grid": grid, "format": ".0%"}
    scale: dict[str, Any] = {"zero": axis.low is None, "nice": axis.high is None}
    if axis.kind == "number":
        # Each number by itself: 0 and 500 beside 1k, rather than 0k and 0.5k.
        short = "format(datum.value, datum.value && abs(datum.value) < 1 ? '~g' : '~s')"
        shown = {"grid": grid, "labelExpr": short}
    if axis.kind == "time":
        shown = {"grid": False, "format": "%H:%M" if axis.hours else "%m-%d", "tickCount": 6}
        shown |= {"labelOverlap": True, "labelSeparation": 8}
        return {
            "field": channel,
            "type": "temporal",
            "title": axis.title or None,
            "axis": shown,
            "scale": {"type": "utc"},
        }
    if axis.low is not None:
        scale["domainMin"] = axis.low
    if axis.high is not None:
        scale["domainMax"] = axis.high
    return {"field": channel, "type": "quantitative", "title": axis.title or None, "axis": shown, "scale": scale}


def _names(channel: str, names: list[str], *, field: str = "name", title: str = "") -> dict[str, Any]:
    axis = {"grid": False, "labelColor": INK}
    return {
        "field": field, "type": "nominal", "sort": names, "title": title or None, "axis": axis,
        "scale": {"domain": names},
    }  # fmt: skip


def _color(names: Sequence[str], hues: Sequence[Hue], legend: bool, named: str = "series") -> dict[str, Any]:
    scale = {"domain": list(names), "range": [STAND_IN[hue] for hue in hues]}
    return {
        "field": named, "type": "nominal", "sort": None, "scale": scale, "title": None,
        "legend": {"columns": _columns(names)} if legend else None,
    }  # fmt: skip


def _columns(names: Sequence[str]) -> int:
    """How many names a row of the legend has room for, each behind its mark."""
    longest = min(max(len(name) for name in names) * LETTER, LONGEST_NAME)
    return max(1, min(MOST_COLUMNS, ROOM // (longest + MARK)))


def _leads() -> dict[str, Any]:
    return {"href": {"field": "link"}, "description": {"field": "told"}}


def _rule(value: float) -> dict[str, Any]:
    mark = {"type": "rule", "strokeDash": [4, 4], "color": MUTED, "aria": False}
    return {"data": {"values": [{"x": value}]}, "mark": mark, "encoding": {"x": {"field": "x", "type": "quantitative"}}}


def _place(x: float | datetime) -> float | str:
    return x.astimezone(UTC).isoformat() if isinstance(x, datetime) else x


def _linked(link: Link | None, links: Mapping[Link, int]) -> str:
    return f"{LINK}{links[link]}" if link is not None else f"{LINK}none"


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
