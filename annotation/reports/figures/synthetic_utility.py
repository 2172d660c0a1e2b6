"""What generated texts are worth to whoever trains on them, examined on real ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.experiments import chance
from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.questions.speech import number
from annotation.synthesis.quality.utility import SEEDS, Taught, examined

from ..charts import Axis, Estimate, Estimates
from ..synthetic_texts import LEAST, OTHER, REAL, Text, group_title, groups_of, read_by, stacked
from .base import Cell, Column, Figure, Kind, Stat, Value, between, count, nothing, percent, spoken, words
from .synthetic_cells import BOARD, GROUP, TEXTS, Row, drawn_note, hue_of

# Real texts that are asked about, and how many it takes at least.
EXAMINED = 200
HALF = "half"


def measure(project: Project, filters: Filters) -> Value:
    """{"test": texts, "rows": [{"group", "with": "" or "real", "texts", "right": {value, low, high},
    "gain": against the real texts, or None}]}."""
    groups = groups_of(project, filters, vectors=True)
    # The halves are apart by family, as imported items are families of their own.
    test = [each for each in groups.pop(OTHER, []) if each.decided][:EXAMINED]
    real = [each for each in groups.pop(REAL, []) if each.decided]
    if len(test) < LEAST or len(real) < LEAST or not groups:
        return {"test": len(test), "rows": []}
    exam, known = _taught(test), _taught(real)
    taught: dict[tuple[str, str], Taught] = {(REAL, ""): known, (HALF, ""): _taught(real[::2])}
    made = {name: [each for each in texts if each.decided or each.label] for name, texts in groups.items()}
    for name, texts in made.items():
        if len(texts) >= LEAST:
            taught[name, ""] = _taught(texts)
            taught[name, REAL] = known + taught[name, ""]
    runs = {
        key: (_spelled(examined(each, exam)), len(each.without(exam.families).labels)) for key, each in taught.items()
    }
    base = runs[REAL, ""][0]
    rows: list[Row] = []
    for (group, beside), (found, size) in runs.items():
        if found is not None:
            gain = asdict(chance.gain(found, base)) if base is not None and (group, beside) != (REAL, "") else None
            right = asdict(chance.share(found))
            rows.append({"group": group, "with": beside, "texts": size, "right": right, "gain": gain})
    return {"test": len(test), "rows": rows}


def _taught(texts: list[Text]) -> Taught:
    """With the answer that was decided, where there is one: that is what is exported."""
    labels = np.array([each.decided or each.label for each in texts])
    return Taught(stacked(texts), labels, np.array([each.family for each in texts]))


def _spelled(found: list[np.ndarray] | None) -> list[str] | None:
    return None if found is None else [chance.spelled(each) for each in found]


def present(membership: Membership, value: Value) -> Figure:
    rows = value["rows"]
    if not any(row["group"] not in (REAL, HALF) for row in rows):
        return nothing(
            _(
                "It takes %(twice)s settled real items, %(least)s texts that a recipe made, and a question with one "
                "option as its answer; %(test)s real texts could be examined."
            )
            % {"twice": 2 * LEAST, "least": LEAST, "test": number(value["test"])}
        )
    names = [_named(row) for row in rows]
    base = next((row["right"]["value"] for row in rows if (row["group"], row["with"]) == (REAL, "")), None)
    dots = tuple(
        Estimate(
            name, row["right"]["value"], row["right"]["low"], row["right"]["high"],
            f"{name}: {percent(row['right']['value'])} ({between(row['right']['low'], row['right']['high'])})",
            hue="muted" if row["group"] == HALF else hue_of(row["group"]),
        )
        for name, row in zip(names, rows, strict=True)
    )  # fmt: skip
    few = _("few: the intervals are wide") if value["test"] < 100 else ""
    return Figure(
        columns=(
            GROUP, Column("beside", _("Beside"), False), TEXTS, Column("accuracy", _("Accuracy")),
            Column("interval", _("95 % interval"), False), Column("gain", _("Against real texts")),
            Column("gain_interval", _("95 % interval"), False),
        ),
        rows=tuple(
            (
                words(name, head=True), words(_("real data") if row["with"] else "–"), count(row["texts"]),
                Cell(percent(row["right"]["value"]), round(row["right"]["value"], 6)),
                words(between(row["right"]["low"], row["right"]["high"])),
                _points(row["gain"]), words(_bounds(row["gain"])),
            )
            for name, row in zip(names, rows, strict=True)
        ),
        charts=(Estimates(_("Accuracy on real texts"), dots, Axis(kind="share"), base),),
        stats=(Stat(_("Real texts examined"), number(value["test"]), few),),
        note=" ".join((
            _(
                "A head on MiniLM vectors learns from each, %(seeds)s times from four fifths of it, and is examined on "
                "real texts alone; nothing that was made of these is learned. The gain is paired by seed and text "
                "(bootstrap): where its interval holds 0, it may be chance."
            ) % {"seeds": SEEDS},
            drawn_note(),
        )),
    )  # fmt: skip


def _named(row: Row) -> str:
    if row["group"] == HALF:
        return _("Half of the real data")
    if row["group"] == REAL:
        return _("Real data")
    title = group_title(row["group"])
    return _("Real data and %(recipe)s") % {"recipe": title} if row["with"] else title


def _points(gain: dict[str, Any] | None) -> Cell:
    """A difference of shares in percentage points."""
    if gain is None:
        return Cell("–", None)
    return Cell(_("%(points)s points") % {"points": _signed(gain["value"])}, round(gain["value"], 6))


def _bounds(gain: dict[str, Any] | None) -> str:
    if gain is None:
        return "–"
    return _("%(low)s to %(high)s") % {"low": _signed(gain["low"]), "high": _signed(gain["high"])}


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{spoken(100 * abs(value), 1)}"


UTILITY = Kind(
    "synthetic_utility", gettext_lazy("Utility"), BOARD, measure, present, slow=True, vectors=read_by, wide=True
)
