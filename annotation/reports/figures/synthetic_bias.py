"""Whether generated texts teach that it matters whom a text is about."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Membership, Project
from annotation.models.filters import Filters
from annotation.questions.speech import number
from annotation.synthesis.quality.bias import LEAST_SLICE, slice_ratios, turned

from ..charts import Axis
from ..synthetic_texts import OTHER, REAL, class_title, evened, groups_of
from .base import Column, Figure, Kind, Value, count, decimal, nothing, words
from .synthetic_cells import BOARD, GROUP, TEXTS, Row, drawn_note, estimates, heads, proportion, too_few

# A share of fewer texts is too unsure to be called one.
FEW = 20


def measure(project: Project, filters: Filters) -> Value:
    """{"asked": texts that speak of somebody, "rows": [{"group", "class": "", "texts", "turned": [times, of] or None,
    "ratios": [[group of people, label, ratio, texts]]}]}, the ratio furthest from 1 first."""
    groups = groups_of(project, filters)
    labelled = {name: [each for each in texts if each.label] for name, texts in groups.items()}
    # The same texts are put to every head; real ones, as it would meet them.
    asked = [each.text for name in (REAL, OTHER) for each in groups.get(name, [])]
    rows: list[Row] = []
    for group, _label, texts in evened(labelled, ()):
        said, labels = [each.text for each in texts], [each.label for each in texts]
        slices = sorted(slice_ratios(said, labels).items(), key=lambda each: -abs(each[1][0] - 1))
        ratios = [[about, label, ratio, size] for (about, label), (ratio, size) in slices]
        found = turned(said, labels, asked)
        rows.append({"group": group, "class": "", "texts": len(texts), "turned": found, "ratios": ratios[:20]})
    return {"asked": max((row["turned"][1] for row in rows if row["turned"]), default=0), "rows": rows}


def present(membership: Membership, value: Value) -> Figure:
    rows, asked = value["rows"], value["asked"]
    if not rows:
        return too_few()
    if asked < FEW and not any(row["ratios"] for row in rows):
        return nothing(
            _("Too few texts speak of somebody's gender, religion, origin or orientation: %(asked)s.")
            % {"asked": number(asked)}
        )
    people = {
        "gender": _("gender"), "religion": _("religion"), "origin": _("origin"), "orientation": _("orientation"),
    }  # fmt: skip
    shown = []
    for row in rows:
        about, label, ratio, size = row["ratios"][0] if row["ratios"] else (None, "", None, None)
        slice_name = f"{people[about]} · {class_title(membership.project, label)}" if about else "–"
        whom = heads(membership, row)[0]
        shown.append(
            (whom, count(row["texts"]), proportion(row["turned"]), words(slice_name), decimal(ratio), count(size))
        )
    return Figure(
        columns=(
            GROUP, TEXTS, Column("turned", _("Answers that turn")), Column("slice", _("Most uneven slice"), False),
            Column("ratio", _("Its ratio")), Column("slice_texts", _("Its texts")),
        ),
        rows=tuple(shown),
        charts=tuple(
            estimates(
                _("Answers that turn"), Axis(kind="share", low=0), [(row["group"], row["turned"]) for row in rows]
            )
        ),
        note=" ".join((
            _(
                "A classifier of words learns from each group and answers real texts that speak of somebody (%(asked)s "
                "do), before and after “he” became “she”, “Muslim” “Jewish”, and the like: how often does its answer "
                "turn? The ratio is a label's share among texts that speak of such people, against its share among all "
                "(1: nothing follows); slices of fewer than %(least)s texts are left out. English terms alone."
            ) % {"asked": number(asked), "least": LEAST_SLICE},
            drawn_note(),
        )),
    )  # fmt: skip


BIAS = Kind("synthetic_bias", gettext_lazy("Bias"), BOARD, measure, present, slow=True)
