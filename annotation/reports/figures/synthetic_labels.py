"""How the labels of generated texts are spread, and how many of them a classifier doubts."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.confident_learning import suspects
from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.synthesis.quality.heads import held_back

from ..charts import SERIES, Axis, Bar, Bars
from ..synthetic_texts import LEAST, Text, by_class, class_title, classes_of, group_title, groups_of, read_by, stacked
from .base import Column, Figure, Kind, Value, count, nothing, percent, share
from .synthetic_cells import BOARD, CLASS, GROUP, TEXTS, Row, drawn_note, heads, proportion, too_few


def measure(project: Project, filters: Filters) -> Value:
    """{"classes": how many labels there are, "rows": [{"group", "class", "texts", "of", "doubted": [times, of] or
    None}]}; labels that no text has are rows, too.
    """
    groups, classes = groups_of(project, filters, vectors=True), classes_of(project)
    rows: list[Row] = []
    for group, texts in groups.items():
        labelled = [each for each in texts if each.label]
        if len(labelled) < LEAST:
            continue
        doubted = _doubted(labelled)
        found = by_class(labelled)
        for label in ("", *classes):
            mine = found.get(label, []) if label else labelled
            times = None if doubted is None else [sum(each.item in doubted for each in mine), len(mine)]
            rows.append(
                {"group": group, "class": label, "texts": len(mine), "of": len(labelled), "doubted": times}
            )  # fmt: skip
    return {"classes": len(classes), "rows": rows}


def _doubted(texts: list[Text]) -> set[int] | None:
    """The items whose label is likely wrong, by heads that saw none of their family; None where too little is known.

    Labels with too few texts to be learned are left out.
    """
    frequent = {label for label, each in by_class(texts).items() if len({text.family for text in each}) >= 5}
    texts = [each for each in texts if each.label in frequent]
    labels = np.array([each.label for each in texts])
    if len(frequent) < 2:
        return None
    found = held_back(stacked(texts), labels, np.array([each.family for each in texts]))
    if found is None:
        return None
    return {texts[each.place].item for each in suspects(found, np.searchsorted(np.unique(labels), labels))}


def present(membership: Membership, value: Value) -> Figure:
    rows = value["rows"]
    if not value["classes"]:
        return nothing(_("No question has one option as its answer."))
    if not rows:
        return too_few()
    labels = list(dict.fromkeys(row["class"] for row in rows if row["class"]))
    bars = [
        Bar(
            group_title(row["group"]), row["texts"] / row["of"],
            f"{group_title(row['group'])}, {class_title(membership.project, row['class'])}: "
            f"{percent(row['texts'] / row['of'])}",
            str(class_title(membership.project, row["class"])), SERIES[labels.index(row["class"]) % len(SERIES)],
        )
        for row in rows if row["class"] and row["texts"]
    ]  # fmt: skip
    return Figure(
        columns=(GROUP, CLASS, TEXTS, Column("share", _("Share")), Column("doubted", _("Doubted labels"))),
        rows=tuple(
            (*heads(membership, row), count(row["texts"]), share(row["texts"] / row["of"]), proportion(row["doubted"]))
            for row in rows
        ),
        charts=(Bars(_("Share of each label"), tuple(bars), Axis(kind="share", low=0, high=1)),),
        note=" ".join((
            _(
                "Doubted: a classifier that saw none of a text's family is surer of another label than it usually is "
                "where that is right (confident learning, Northcutt et al. 2021). A suspicion, no proof."
            ),
            drawn_note(),
        )),
    )  # fmt: skip


LABELS = Kind(
    "synthetic_labels", gettext_lazy("Labels: balance and noise"), BOARD, measure, present, slow=True, vectors=read_by
)
