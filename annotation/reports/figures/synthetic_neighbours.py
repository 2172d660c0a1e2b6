"""Copies, repetitions, strangers, and what generated texts leave out."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.synthesis.quality.neighbours import near

from ..charts import Axis, Bar, Bars, Hue
from ..synthetic_texts import LEAST, OTHER, classes_of, evened, group_title, groups_of, read_by, stacked
from .base import Column, Figure, Kind, Value, count, percent
from .synthetic_cells import BOARD, CLASS, GROUP, TEXTS, Row, drawn_note, heads, proportion, too_few

MEASURES = ("memorised", "redundant", "unrealistic")


def measure(project: Project, filters: Filters) -> Value:
    """{"rows": [{"group", "class", "texts", "memorised", …, "missed": [times, of]}]}: every group against the other
    half of the real data, of equal size; `missed` is about that half's texts of the class."""
    cells = {group: texts for group, _label, texts in evened(groups_of(project, filters, vectors=True), ())}
    real = cells.pop(OTHER, [])
    if len(real) < LEAST:
        return {"rows": []}
    there = np.array([each.label for each in real])
    rows: list[Row] = []
    for group, texts in cells.items():
        found = near(stacked(texts), stacked(real))
        labels = np.array([each.label for each in texts])
        for label in ("", *classes_of(project)):
            mine = labels == label if label else np.ones(len(labels), dtype=bool)
            theirs = there == label if label else np.ones(len(there), dtype=bool)
            if not mine.any() and not theirs.any():
                continue
            shares = {name: _times(getattr(found, name)[mine]) for name in MEASURES}
            missed = _times(found.missed[theirs])
            rows.append({"group": group, "class": label, "texts": int(mine.sum()), **shares, "missed": missed})
    return {"rows": rows}


def _times(found: np.ndarray) -> list[int]:
    return [int(found.sum()), len(found)]


def present(membership: Membership, value: Value) -> Figure:
    rows = value["rows"]
    if not rows:
        return too_few()
    titles: dict[str, tuple[str, Hue]] = {
        "memorised": (_("Memorised"), "series-1"), "redundant": (_("Redundant"), "series-2"),
        "unrealistic": (_("Unrealistic"), "series-3"), "missed": (_("Under-represented"), "series-4"),
    }  # fmt: skip
    bars = [
        Bar(
            group_title(row["group"]), row[name][0] / row[name][1],
            f"{group_title(row['group'])}, {title}: {percent(row[name][0] / row[name][1])}", title, hue,
        )
        for row in rows if not row["class"]
        for name, (title, hue) in titles.items() if row[name][1]
    ]  # fmt: skip
    return Figure(
        columns=(GROUP, CLASS, TEXTS, *(Column(name, title) for name, (title, _hue) in titles.items())),
        rows=tuple(
            (*heads(membership, row), count(row["texts"]), *(proportion(row[name]) for name in titles)) for row in rows
        ),
        charts=(Bars(_("Neighbours"), tuple(bars), Axis(kind="share", low=0), beside=True),),
        note=" ".join((
            _(
                "Memorised: a cosine of at least .95 with a real text; redundant: with another of its group. "
                "Unrealistic: nearer to no real text than that is to its fifth neighbour. Under-represented: real "
                "texts that have none of the group so near. Compare with the real half."
            ),
            drawn_note(),
        )),
    )  # fmt: skip


NEIGHBOURS = Kind(
    "synthetic_neighbours", gettext_lazy("Neighbours"), BOARD, measure, present, slow=True, vectors=read_by, wide=True
)
