"""Charts as SVG and PNG, drawn on the server by vl-convert: for pages in the theme's colours, for files in the light's.

What vl-convert says is not taken over but read and written anew, element by element, from an allow-list: no style
attribute, no script, no address that is not ours gets through, and a tenth of the size.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import vl_convert

from .charts import Chart, Link, links_of
from .remembering import recalled, remembered
from .vega import LINK, STAND_IN, specification

# A drawing is the same as long as its chart is.
KEPT = 86_400.0
# Raised when drawings are to look different although their charts are the same.
STYLE = 3
# The light theme's colours, for files: those of static/css/dashboard.css.
PAPER = {
    "ink": "#191a1f", "muted": "#585c69", "line": "#e4e5ea", "surface": "#ffffff",
    "series-1": "#2457c5", "series-2": "#c65a00", "series-3": "#17803f", "series-4": "#b0216b", "series-5": "#0b7a80",
    "series-6": "#7d2fa8", "stage-new": "#a5a9b6", "stage-human": "#4d74e6", "stage-disputed": "#d98a17",
    "stage-review": "#9256c9", "stage-settled": "#2f9459", "good": "#2f9459", "bad": "#b3261e",
}  # fmt: skip
ELEMENTS = {"g", "path", "line", "rect", "circle", "text", "tspan", "a"}
ATTRIBUTES = {
    "d", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
    "opacity", "fill-opacity", "stroke-opacity", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r",
    "width", "height", "text-anchor", "font-size", "font-weight",
}  # fmt: skip
# What an attribute may say: shapes, numbers, names and colours, but no address.
HARMLESS = re.compile(r"[\w\s.,#()+\-%]*")
LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?")
LINKED = re.compile(r'<a href="link:(\d+)"')


class Svg(str):
    """Written here, element by element: what a page may take over as it is."""


def drawn(chart: Chart, address: Callable[[Link], str]) -> Svg:
    """The chart for a page, as an `<svg>` that is as wide as its place; drawn once, then remembered.

    `address`: of what a mark leads to. Marks' links are not stops of the keyboard: the table has the same.
    """
    spec = specification(chart)
    return _addressed(remembered(_key(spec), KEPT, lambda: _page_svg(chart.title, spec)), chart, address)


def find_drawn(chart: Chart, address: Callable[[Link], str]) -> Svg | None:
    """What `drawn` answers, where nothing has to be drawn for it."""
    kept: str | None = recalled(_key(specification(chart)))
    return None if kept is None else _addressed(kept, chart, address)


def drawn_svg(chart: Chart) -> str:
    """A file of its own, in the light theme's colours on white, without links."""
    spec = specification(chart)
    svg = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))
    body = "".join(_written(svg, {STAND_IN[name]: color for name, color in PAPER.items()}, linked=False))
    size = f"width={quoteattr(svg.attrib['width'])} height={quoteattr(svg.attrib['height'])}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox={quoteattr(svg.attrib["viewBox"])} '
        f'font-family="sans-serif" role="img" aria-label={quoteattr(chart.title)}>'
        f'<title>{escape(chart.title)}</title><rect width="100%" height="100%" fill="{PAPER["surface"]}"/>{body}</svg>'
    )


def drawn_png(chart: Chart) -> bytes:
    """The same file as pixels, twice as many as its size."""
    return vl_convert.svg_to_png(drawn_svg(chart), scale=2)


def _page_svg(title: str, spec: dict[str, object]) -> str:
    svg = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec))
    variables = {color: f"var(--chart-{name})" for name, color in STAND_IN.items()}
    body = "".join(_written(svg, variables, linked=True))
    # What is inside a picture is no link to a screen reader.
    role = "group" if "<a " in body else "img"
    return (
        f'<svg class="chart-svg" viewBox={quoteattr(svg.attrib["viewBox"])} role="{role}" '
        f"aria-label={quoteattr(title)}>{body}</svg>"
    )


def _key(spec: dict[str, object]) -> str:
    return f"chart:{STYLE}:{hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()}"


def _addressed(svg: str, chart: Chart, address: Callable[[Link], str]) -> Svg:
    links = list(links_of(chart))
    return Svg(LINKED.sub(lambda found: f"<a href={quoteattr(address(links[int(found[1])]))}", svg))


def _written(element: ElementTree.Element, colors: dict[str, str], *, linked: bool) -> Iterator[str]:
    """The children of an element, those that are allowed and show something."""
    for child in element:
        tag = child.tag.rpartition("}")[2]
        shown = tag in ELEMENTS and child.attrib.get("display") != "none"
        if not shown or child.attrib.get("class") in ("background", "foreground") or child.attrib.get("d") == "":
            continue
        inner = "".join(_written(child, colors, linked=linked))
        if tag == "a":
            number = child.attrib.get("{http://www.w3.org/1999/xlink}href", "").removeprefix(LINK)
            yield f'<a href="link:{int(number)}" tabindex="-1">{inner}</a>' if linked and number.isdecimal() else inner
            continue
        if told := child.attrib.get("aria-label") if child.attrib.get("role") == "graphics-symbol" else None:
            inner = f"<title>{escape(told)}</title>{inner}"
        inner = escape(child.text or "") + inner if tag in ("text", "tspan") else inner
        attributes = "".join(_attributes(child, colors))
        if tag == "g" and (not attributes or not inner):
            yield inner
        else:
            yield f"<{tag}{attributes}>{inner}</{tag}>" if inner else f"<{tag}{attributes}/>"


def _attributes(element: ElementTree.Element, colors: dict[str, str]) -> Iterator[str]:
    for name, value in element.attrib.items():
        said = colors.get(value, value)
        useless = (name, value) in (("opacity", "1"), ("transform", "translate(0,0)"))
        if name in ATTRIBUTES and HARMLESS.fullmatch(said) and not useless:
            yield f" {name}={quoteattr(LONG_NUMBER.sub(lambda found: f'{float(found[0]):.1f}', said))}"
