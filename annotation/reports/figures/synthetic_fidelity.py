"""Whether generated texts can be told from real ones."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.synthesis.quality.fidelity import mauve, told_apart

from ..charts import Axis
from ..synthetic_texts import OTHER, classes_of, evened, groups_of, read_by, stacked
from .base import Column, Figure, Kind, Value, count, decimal
from .synthetic_cells import BOARD, CLASS, GROUP, TEXTS, Row, drawn_note, estimates, heads, proportion, too_few


def measure(project: Project, filters: Filters) -> Value:
    """{"rows": [{"group", "class", "texts", "told": [right, asked] or None, "mauve": of all labels}]}: every group
    against the other half of the real data."""
    cells = list(evened(groups_of(project, filters, vectors=True), classes_of(project)))
    others = {label: texts for group, label, texts in cells if group == OTHER}
    rows: list[Row] = []
    for group, label, texts in cells:
        if group == OTHER or label not in others:
            continue
        made, real = stacked(texts), stacked(others[label])
        families = [[each.family for each in some] for some in (texts, others[label])]
        rows.append(
            {
                "group": group,
                "class": label,
                "texts": len(texts),
                "told": told_apart(made, real, families[0], families[1]),
                "mauve": None if label else mauve(made, real),
            }
        )
    return {"rows": rows}


def present(membership: Membership, value: Value) -> Figure:
    rows = value["rows"]
    if not rows:
        return too_few()
    return Figure(
        columns=(GROUP, CLASS, TEXTS, Column("told_apart", _("Told from real texts")), Column("mauve", _("MAUVE"))),
        rows=tuple(
            (*heads(membership, row), count(row["texts"]), proportion(row["told"]), decimal(row["mauve"]))
            for row in rows
        ),
        charts=tuple(
            estimates(
                _("Told from real texts"), Axis(kind="share", low=0, high=1),
                [(row["group"], row["told"]) for row in rows if not row["class"]], rule=0.5,
            )
        ),
        note=" ".join((
            _(
                "A classifier is to say which texts are real, held back by family: at 50 % it cannot (classifier "
                "two-sample test). MAUVE is 1 where both come from one distribution, and falls with fewer texts: "
                "compare it with that of the real half. Both on MiniLM vectors."
            ),
            drawn_note(),
        )),
    )  # fmt: skip


FIDELITY = Kind("synthetic_fidelity", gettext_lazy("Fidelity"), BOARD, measure, present, slow=True, vectors=read_by)
