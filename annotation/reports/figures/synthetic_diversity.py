"""How much generated texts differ from each other, and real ones."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.synthesis.quality.diversity import compression_ratio, distinct, self_bleu, self_repetition, vendi

from ..charts import Axis, Bar, Bars
from ..synthetic_texts import Text, classes_of, evened, group_title, groups_of, read_by, stacked
from .base import Column, Figure, Kind, Value, count, decimal, share, spoken
from .synthetic_cells import BOARD, CLASS, GROUP, TEXTS, drawn_note, heads, hue_of, too_few


def measure(project: Project, filters: Filters) -> Value:
    """{"rows": [{"group", "class", "texts", "vendi", …}]}."""
    groups = groups_of(project, filters, vectors=True)
    return {
        "rows": [
            {"group": group, "class": label, **_measured(texts)}
            for group, label, texts in evened(groups, classes_of(project))
        ]
    }


def _measured(texts: list[Text]) -> dict[str, Any]:
    said = [each.text for each in texts]
    return {
        "texts": len(texts),
        "vendi": vendi(stacked(texts)),
        "compression": compression_ratio(said),
        "self_bleu": self_bleu(said),
        "self_repetition": self_repetition(said),
        "distinct_1": distinct(said, 1),
        "distinct_2": distinct(said, 2),
    }


def present(membership: Membership, value: Value) -> Figure:
    rows = value["rows"]
    if not rows:
        return too_few()
    whole = [row for row in rows if not row["class"]]
    return Figure(
        columns=(
            GROUP, CLASS, TEXTS, Column("vendi", _("Vendi score")), Column("compression", _("Compression ratio")),
            Column("self_bleu", _("Self-BLEU")), Column("self_repetition", _("Self-repetition")),
            Column("distinct_1", _("Distinct words")), Column("distinct_2", _("Distinct pairs of words")),
        ),
        rows=tuple(
            (*heads(membership, row), count(row["texts"]), decimal(row["vendi"], digits=1), decimal(row["compression"]),
             share(row["self_bleu"]), decimal(row["self_repetition"]), share(row["distinct_1"]),
             share(row["distinct_2"]))
            for row in rows
        ),
        charts=(
            Bars(
                _("Vendi score"),
                tuple(
                    Bar(group_title(row["group"]), row["vendi"],
                        f"{group_title(row['group'])}: {spoken(row['vendi'], 1)}", hue=hue_of(row["group"]))
                    for row in whole
                ),
                Axis(_("As many wholly different texts"), low=0),
            ),
        ),
        note=" ".join((
            _(
                "Diverse texts have a high Vendi score and distinct words, and low compression, self-BLEU and "
                "self-repetition. All groups of a label are measured at one size."
            ),
            drawn_note(),
        )),
    )  # fmt: skip


DIVERSITY = Kind(
    "synthetic_diversity", gettext_lazy("Diversity"), BOARD, measure, present, slow=True, vectors=read_by, wide=True
)
