"""Draw how good a dataset becomes with the number of human answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import altair
import vl_convert

# Told apart without colour too: each line has its dashes.
DASHES = {"ours": [1, 0], "entropy": [6, 3], "random": [2, 3], "oracle": [10, 3, 2, 3]}


def draw_curves(curves: Mapping[str, Sequence[tuple[float, float]]], target: float, path: Path) -> None:
    """Write `path` (.svg or .png): per strategy (share of items answered, dataset accuracy)."""
    rows = [
        {"strategy": name, "answered": share, "accuracy": accuracy}
        for name, points in curves.items()
        for share, accuracy in points
    ]
    order = list(curves)
    lines = (
        altair.Chart(altair.Data(values=rows))
        .mark_line(strokeWidth=2.5)
        .encode(
            x=altair.X("answered:Q", title="Items answered by people", axis=altair.Axis(format="%")),
            y=altair.Y(
                "accuracy:Q", title="Right labels", axis=altair.Axis(format="%"), scale=altair.Scale(zero=False)
            ),
            color=altair.Color("strategy:N", sort=order, title="Strategy", scale=altair.Scale(domain=order)),
            strokeDash=altair.StrokeDash(
                "strategy:N",
                sort=order,
                title="Strategy",
                scale=altair.Scale(domain=order, range=[DASHES[name] for name in order]),
            ),
        )
    )
    goal = altair.Chart(altair.Data(values=[{"target": target}])).mark_rule(color="#666").encode(y="target:Q")
    drawn = (lines + goal).properties(width=640, height=400).to_dict()
    if path.suffix == ".png":
        path.write_bytes(vl_convert.vegalite_to_png(drawn, scale=2))
    else:
        path.write_text(vl_convert.vegalite_to_svg(drawn), "utf-8")
