"""Charts are drawn of allowed elements alone, with every text as text, and remembered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from annotation.reports.charts import (
    Axis,
    Bar,
    Bars,
    Cell,
    Chart,
    Dot,
    Dots,
    Estimate,
    Estimates,
    Heatmap,
    Lines,
    Link,
    Point,
    Series,
)
from annotation.reports.drawing import Svg, drawn, drawn_png, drawn_svg, find_drawn
from annotation.templatetags.charts import drawn_chart

EVIL = "<script>alert(1)</script>\" onload='x' javascript:alert(2) =cmd()"
TIME = datetime(2026, 3, 1, tzinfo=UTC)
LINK = Link({"label": EVIL})
CHARTS: list[Chart] = [
    Lines(
        EVIL,
        (Series(EVIL, (Point(TIME, 0.5, EVIL, 0.4, 0.6, LINK),)), Series("b", (Point(TIME, 0.1),), dashed=True)),
        Axis(EVIL, "time"),
        Axis(EVIL, "share"),
    ),
    Bars(EVIL, (Bar(EVIL, 3, EVIL, link=LINK), Bar("b", 2, group=EVIL)), Axis(EVIL)),
    Bars(EVIL, (Bar(EVIL, 3, group="a", link=LINK), Bar(EVIL, 2, group="b")), Axis(), beside=True),
    Estimates(EVIL, (Estimate(EVIL, 0.5, 0.4, 0.6, EVIL, EVIL, link=LINK),), Axis(EVIL, "share"), rule=0.9),
    Heatmap(EVIL, (EVIL,), (EVIL, "b"), (Cell(EVIL, EVIL, 1, EVIL, EVIL, LINK),), EVIL, EVIL),
    Dots(
        EVIL, (Dot(0.2, 0.3, EVIL, EVIL, link=LINK), Dot(0.4, 0.4)), Axis("", "share"), Axis(), ideal=True, joined=True
    ),
]
SHOWN = {"svg", "g", "path", "line", "rect", "circle", "text", "tspan", "a", "title"}


def address(link: Link) -> str:
    return f"/items/?label={link.query['label']}"


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: type(chart).__name__)
def test_whatever_names_say_a_drawing_is_shapes_and_texts(chart: Chart) -> None:
    assert find_drawn(chart, address) is None
    page, file = drawn(chart, address), drawn_svg(chart)
    assert find_drawn(chart, address) == page
    for svg in (page, file):
        tree = ElementTree.fromstring(svg)
        for element in tree.iter():
            assert element.tag.rpartition("}")[2] in SHOWN
            assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
        assert tree.attrib["aria-label"] == EVIL and tree.attrib["role"] == ("group" if svg == page else "img")
    links = [each.attrib for each in ElementTree.fromstring(page).iter() if each.tag == "a"]
    assert links and {each["href"] for each in links} == {f"/items/?label={EVIL}"}
    # The table has the same links: a chart is no row of stops for the keyboard.
    assert {each["tabindex"] for each in links} == {"-1"}
    assert "var(--chart-" in page and "#0102" not in page
    assert "var(" not in file and "#0102" not in file and "href" not in file


def test_pixels_are_of_the_same_drawing() -> None:
    assert drawn_png(CHARTS[1]).startswith(b"\x89PNG")


def test_nothing_but_a_drawing_gets_into_a_page_unescaped() -> None:
    assert drawn_chart(Svg("<svg></svg>")) == "<svg></svg>"
    with pytest.raises(TypeError, match="not a drawing"):
        drawn_chart("<script></script>")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "names", [("None", "EDA", "mix"), ("Logistic regression", "Head on MiniLM", "MiniLM, fine-tuned")]
)
def test_the_names_of_a_legend_stay_clear_of_each_other_and_inside_the_drawing(names: tuple[str, ...]) -> None:
    points = (Point(1, 0.5), Point(2, 0.6))
    drawing = ElementTree.fromstring(
        drawn_svg(Lines("t", tuple(Series(name, points) for name in names), Axis(), Axis()))
    )
    placed = {text: at for text, at in texts_of(drawing) if text in names}
    assert set(placed) == set(names)
    ends = [(y, x, x + 5.5 * len(name)) for name, (x, y) in placed.items()]
    for y, start, end in ends:
        assert end < float(drawing.attrib["width"])
        assert not [each for each in ends if each[0] == y and start < each[1] < end]


def texts_of(element: ElementTree.Element, x: float = 0, y: float = 0) -> Iterator[tuple[str, tuple[float, float]]]:
    """Every text with the place where it begins."""
    if moved := re.search(r"translate\((-?[\d.]+),\s*(-?[\d.]+)\)", element.attrib.get("transform", "")):
        x, y = x + float(moved[1]), y + float(moved[2])
    if element.text:
        yield element.text, (x, y)
    for child in element:
        yield from texts_of(child, x, y)
