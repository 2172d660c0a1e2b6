"""What must not be in a training set: protected texts, personal data, words that hurt."""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Item, Membership, Project
from annotation.models.filters import Filters
from annotation.questions.speech import number
from annotation.synthesis.quality.leaks import contaminated, personal, toxic
from annotation.synthesis.texts import shown_text

from ..charts import Axis, Bar, Bars, Hue
from ..synthetic_texts import (
    LEAST,
    OTHER,
    REAL,
    Groups,
    classes_of,
    group_title,
    groups_of,
    protected_items,
    read_by,
    stacked,
)
from .base import Column, Figure, Kind, Stat, Value, count, percent
from .synthetic_cells import BOARD, CLASS, GROUP, TEXTS, Row, drawn_note, heads, proportion, too_few


def vectors_for(project: Project, filters: Filters) -> list[int]:
    drawn = read_by(project, filters)
    return [*drawn, *protected_items(project, _families(drawn)).values_list("pk", flat=True)] if drawn else []


def measure(project: Project, filters: Filters) -> Value:
    """{"protected": texts, "rows": [{"group", "class", "texts", "contaminated", "personal", "toxic": [times, of]}]}."""
    groups = groups_of(project, filters, vectors=True)
    if not groups:
        return {"protected": 0, "rows": []}
    families = _families([each.item for texts in groups.values() for each in texts])
    guarded = {
        pk: (shown_text(project.fields, fields), vector)
        for pk, fields, vector in protected_items(project, families).values_list("pk", "fields", "embedding")
    }
    vectors = np.array([vector for _text, vector in guarded.values() if vector is not None], dtype=np.float64)
    texts = [text for text, _vector in guarded.values()]
    rows: list[Row] = []
    for group, drawn in _without(groups, guarded).items():
        if len(drawn) < LEAST:
            continue
        said = [each.text for each in drawn]
        found = {
            "contaminated": contaminated(said, stacked(drawn), texts, vectors),
            "personal": np.array([bool(kind) for kind in personal(said)]),
            "toxic": toxic(said),
        }
        labels = np.array([each.label for each in drawn])
        for label in ("", *classes_of(project)):
            mine = labels == label if label else np.ones(len(labels), dtype=bool)
            if mine.any():
                times = {name: [int(flags[mine].sum()), int(mine.sum())] for name, flags in found.items()}
                rows.append({"group": group, "class": label, "texts": int(mine.sum()), **times})
    return {"protected": len(texts), "rows": rows}


def _families(items: list[int]) -> set[int]:
    """What generated ones of these come from in the end: a hidden check that is one of them was a seed."""
    families = Item.objects.filter(pk__in=items, family__isnull=False).values_list("family", flat=True)
    return {family for family in families if family is not None}


def _without(groups: Groups, guarded: dict[int, tuple[str, object]]) -> Groups:
    """A hidden check is a real text, and would be found in itself."""
    return {
        name: [each for each in texts if name not in (REAL, OTHER) or each.item not in guarded]
        for name, texts in groups.items()
    }


def present(membership: Membership, value: Value) -> Figure:
    rows = value["rows"]
    if not rows:
        return too_few()
    titles: dict[str, tuple[str, Hue]] = {
        "contaminated": (_("Contaminated"), "series-1"),
        "personal": (_("Personal data"), "series-2"),
        "toxic": (_("Toxic"), "series-3"),
    }
    bars = [
        Bar(
            group_title(row["group"]), row[name][0] / row[name][1],
            f"{group_title(row['group'])}, {title}: {percent(row[name][0] / row[name][1])}", title, hue,
        )
        for row in rows if not row["class"]
        for name, (title, hue) in titles.items()
    ]  # fmt: skip
    protected = value["protected"]
    told = "" if protected else _("without any, nothing can be contaminated")
    return Figure(
        columns=(GROUP, CLASS, TEXTS, *(Column(name, title) for name, (title, _hue) in titles.items())),
        rows=tuple(
            (*heads(membership, row), count(row["texts"]), *(proportion(row[name]) for name in titles)) for row in rows
        ),
        charts=(Bars(_("Share of the texts"), tuple(bars), Axis(kind="share", low=0), beside=True),),
        stats=(Stat(_("Protected texts"), number(protected), told),),
        note=" ".join((
            _(
                "Contaminated: 13 words in a row, 8 of short texts, or a cosine of .95 shared with the test split or a "
                "hidden check. Personal data: Presidio's patterns of addresses and numbers. Toxic: English words that "
                "hurt, by alt-profanity-check."
            ),
            drawn_note(),
        )),
    )  # fmt: skip


LEAKS = Kind(
    "synthetic_leaks", gettext_lazy("Contamination, personal data, toxicity"), BOARD, measure, present,
    slow=True, vectors=vectors_for, wide=True,
)  # fmt: skip
