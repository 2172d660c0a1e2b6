"""Reports as text: numbers with intervals, and Markdown that strangers' labels cannot break out of."""

from __future__ import annotations

import pytest

from annotation.experiments.base import CellValue, Column, Kind, Measured, Report, Table
from annotation.experiments.writing import markdown, points, written


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "share", "–"),
        (1234, "count", "1,234"),
        (0.1234, "share", "12.3 %"),
        (Measured(-0.049, -0.08, -0.01), "points", "-4.9 (-8.0…-1.0)"),
        (Measured(0.5), "share", "50.0 %"),
        ("refund", "text", "refund"),
    ],
)
def test_a_cell_is_written_with_its_interval(value: CellValue, kind: Kind, text: str) -> None:
    assert written(value, kind) == text
    assert points(Measured(0.03, -0.01, 0.07)) == "+3.0 points, -1.0 to +7.0"


def test_a_label_makes_no_markup_and_no_row() -> None:
    table = Table("T", (Column("Label"), Column("n", "count")), (("a|b\n# <b>*", 3),))
    text = markdown("Title", Report(findings=("It lost.",), tables=(table,)), [("Data", "x")])
    assert "| a\\|b \\# \\<b>\\* | 3 |" in text
    assert "- It lost." in text
    assert "- Data: x" in text
