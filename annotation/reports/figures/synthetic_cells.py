"""What the figures on synthetic data have in common: a row per group and class, shares with their intervals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.scoring import wilson
from annotation.models import Membership

from ..charts import Axis, Estimate, Estimates, Hue
from ..synthetic_texts import LEAST, MOST, MOST_RECIPES, OTHER, REAL, class_title, group_title
from .base import Cell, Column, Figure, between, nothing, percent, words

BOARD = "synthetic"
GROUP = Column("group", gettext_lazy("Texts of"), False)
CLASS = Column("class", gettext_lazy("Label"), False)
TEXTS = Column("texts", gettext_lazy("Texts"))

Row = dict[str, Any]


def heads(membership: Membership, row: Row) -> tuple[Cell, Cell]:
    """The cells that say what a row is about; in files, by its names."""
    return (
        Cell(group_title(row["group"]), row["group"], head=True),
        Cell(str(class_title(membership.project, row["class"])), row["class"] or "all"),
    )


def proportion(found: tuple[int, int] | list[int] | None) -> Cell:
    """(times, of) with Wilson's interval: “12.0 % (8.1–17.2 %)”."""
    if found is None or not found[1]:
        return words("–")
    value, (low, high) = found[0] / found[1], wilson(*found)
    return Cell(f"{percent(value)} ({between(low, high)})", round(value, 6))


def estimates(
    title: str, axis: Axis, rows: Iterable[tuple[str, tuple[int, int] | list[int] | None]], rule: float | None = None
) -> list[Estimates]:
    """One dot a group with its interval; no chart where there is none."""
    dots = []
    for group, found in rows:
        if found is not None and found[1]:
            value, (low, high) = found[0] / found[1], wilson(*found)
            told = f"{group_title(group)}: {percent(value)} ({between(low, high)})"
            dots.append(Estimate(group_title(group), value, low, high, told, hue=hue_of(group)))
    return [Estimates(title, tuple(dots), axis, rule)] if dots else []


def hue_of(group: str) -> Hue:
    """Real data is drawn in grey."""
    return "muted" if group in (REAL, OTHER) else "series-1"


def drawn_note() -> str:
    return _(
        "At most %(most)s texts of each group, drawn by lot; the %(recipes)s recipes with the most items. Real data is "
        "imported and not of the test split; what differs between its halves is chance."
    ) % {"most": MOST, "recipes": MOST_RECIPES}


def too_few() -> Figure:
    return nothing(
        _(
            "It takes %(least)s texts that a recipe made, and twice as many real ones. Start a recipe under Synthesis, "
            "and look again."
        )
        % {"least": LEAST}
    )
