"""Whether generated items are what they were made to be, by what people decided."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Annotation, Candidate, Consensus, DecidedBy, Fate, Membership, Project, Source, Stage
from annotation.models.filters import Filters
from annotation.questions import Question
from annotation.questions.speech import number

from ..charts import Axis
from ..synthetic_texts import OTHER, REAL, class_question, group_title
from .base import Column, Figure, Kind, Stat, Value, count, nothing, percent, within
from .synthetic_cells import BOARD, CLASS, GROUP, estimates, heads, proportion
from .voting import comparable

NEWEST = 200_000
# A share of fewer items is too unsure to be called one.
FEW = 20

Tally = dict[tuple[str, str], list[int]]


def measure(project: Project, filters: Filters) -> Value:
    """{"rows": [{"group", "class", "items", "found": [as meant, decided by people]}]}."""
    question = class_question(project)
    if question is None:
        return {"rows": []}
    tally: Tally = defaultdict(lambda: [0, 0, 0])
    _made(project, question, filters, tally)
    if not tally:
        return {"rows": []}
    _real(project, question, filters, tally)
    places = {label: place for place, label in enumerate(("", *question.values))}
    order = {group: place for place, group in enumerate(dict.fromkeys(group for group, _label in tally))}
    cells = sorted(tally.items(), key=lambda cell: (order[cell[0][0]], places.get(cell[0][1], len(places))))
    return {
        "rows": [
            {"group": group, "class": label, "items": items, "found": [right, decided]}
            for (group, label), (items, decided, right) in cells
        ]
    }


def _made(project: Project, question: Question, filters: Filters, tally: Tally) -> None:
    rows = Candidate.objects.filter(
        within(project, filters), run__project=project, fate=Fate.KEPT, item__project=project,
        answers__has_key=question.name,
    ).order_by("-pk")  # fmt: skip
    settled = Consensus.objects.filter(
        within(project, filters), project=project, question=question.name, item__source=Source.RECIPE,
        item__stage=Stage.SETTLED, decided_by__in=(DecidedBy.PEOPLE, DecidedBy.REVIEWER),
    )  # fmt: skip
    decided = dict(settled.order_by("-item_id").values_list("item_id", "value")[:NEWEST].iterator(5_000))
    for item, recipe, answers in rows.values_list("item_id", "run__recipe", "answers")[:NEWEST].iterator(5_000):
        meant = answers[question.name]
        _count(tally, recipe, str(meant), decided.get(item), comparable(question, meant))


def _real(project: Project, question: Question, filters: Filters, tally: Tally) -> None:
    """What a second person says of an imported item against the first, who stands in for whoever meant something."""
    votes = Annotation.objects.votes().human().filter(
        within(project, filters), project=project, item__source=Source.IMPORTED, answers__has_key=question.name
    )  # fmt: skip
    said: dict[int, list[Any]] = defaultdict(list)
    for item, answers in votes.order_by("-pk").values_list("item_id", "answers")[:NEWEST].iterator(chunk_size=5_000):
        said[item].append(answers[question.name])
    for group in (REAL, OTHER):
        tally[group, ""] = [0, 0, 0]
    for place, (_item, answers) in enumerate(sorted(each for each in said.items() if len(each[1]) > 1)):
        # The newest came first.
        first, second = comparable(question, answers[-1]), comparable(question, answers[-2])
        _count(tally, (REAL, OTHER)[place % 2], str(answers[-1]), second, first)


def _count(tally: Tally, group: str, label: str, decided: Any, meant: Any) -> None:
    for cell in (tally[group, ""], tally[group, label]):
        cell[0] += 1
        cell[1] += decided is not None
        cell[2] += decided is not None and decided == meant


def present(membership: Membership, value: Value) -> Figure:
    rows = value["rows"]
    if not rows:
        return nothing(_("No recipe has made items here whose label was meant to be something."))
    whole = [row for row in rows if not row["class"]]
    stats = []
    for row in whole:
        right, decided = row["found"]
        if row["group"] in (REAL, OTHER):
            continue
        told = _("%(decided)s of %(items)s items decided by people") % {
            "decided": number(decided), "items": number(row["items"]),
        }  # fmt: skip
        if decided < FEW:
            told += "; " + _("too few to say")
        stats.append(Stat(group_title(row["group"]), percent(right / decided) if decided >= FEW else None, told))
    return Figure(
        columns=(
            GROUP, CLASS, Column("items", _("Items")), Column("decided", _("Decided by people")),
            Column("as_meant", _("As meant")), Column("validity", _("Validity")),
        ),
        rows=tuple(
            (*heads(membership, row), count(row["items"]), count(row["found"][1]), count(row["found"][0]),
             proportion(row["found"]))
            for row in rows
        ),
        charts=tuple(
            estimates(_("Validity"), Axis(kind="share", low=0, high=1), [(row["group"], row["found"]) for row in whole])
        ),
        stats=tuple(stats),
        note=_(
            "The label that a text was made to have is the one that people settled (Wilson's 95 % intervals). Beside "
            "it, for imported items that two people answered: how often the second says what the first said."
        ),
    )  # fmt: skip


VALIDITY = Kind("synthetic_validity", gettext_lazy("Validity by people"), BOARD, measure, present, wide=True)
