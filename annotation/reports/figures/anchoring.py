"""Do suggestions lead people? How often they answer as the model did, with its suggestion seen and without."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.aggregation.difference import difference
from annotation.models import Annotation, Membership, Project
from annotation.models.filters import Filters
from annotation.questions.speech import number

from ..charts import Axis, Estimate, Estimates
from .base import Cell, Column, Figure, Kind, Stat, Value, count, nothing, percent, share, within, words
from .faces import Face, people_shown
from .voting import comparable, labelled

NEWEST = 300_000
PEOPLE, DRAWN = 200, 15
# With fewer answers of either kind a person is not drawn.
LEAST = 10


def measure(project: Project, filters: Filters) -> Value:
    """{"people": {annotator: [as suggested, seen, as suggested, blind]}}: answer by answer."""
    about = Annotation.objects.votes().filter(within(project, filters), project=project).order_by("-pk")
    suggested: dict[int, tuple[float, int, dict[str, Any]]] = {}
    models = about.by_models().values_list("pk", "item_id", "confidence", "answers")[:NEWEST]
    for pk, item, sure, answers in models.iterator(chunk_size=5_000):
        # The surest is shown first, and of equals the earliest.
        if item not in suggested or (sure or 0.0, -pk) > (suggested[item][0], -suggested[item][1]):
            suggested[item] = (sure or 0.0, pk, answers)
    questions = labelled(project)
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    people = about.human().values_list("pk", "item_id", "annotator_id", "suggestion_seen", "answers")[:NEWEST]
    for pk, item, who, seen, answers in people.iterator(chunk_size=5_000):
        if item not in suggested or suggested[item][1] > pk:
            continue
        theirs, place = suggested[item][2], 0 if seen else 2
        for question in questions:
            name = question.name
            if name in answers and name in theirs:
                same = comparable(question, answers[name]) == comparable(question, theirs[name])
                found[who][place] += same
                found[who][place + 1] += 1
    busiest = sorted(found, key=lambda pk: (-sum(found[pk][1::2]), pk))
    return {"people": {str(pk): found[pk] for pk in busiest[:PEOPLE]}, "all": _summed(found)}


def _summed(found: dict[int, list[int]]) -> list[int]:
    return [sum(figures[place] for figures in found.values()) for place in range(4)]


def present(membership: Membership, value: Value) -> Figure:
    if not value["people"]:
        return nothing(_("No person has answered an item on which a model had voted before."))
    as_seen, seen, as_blind, blind = value["all"]
    whole = difference((as_seen, seen), (as_blind, blind))
    if whole is None:
        return nothing(
            _("Everybody saw the suggestions: raise the share of audits in the settings, or ask blind.")
            if seen
            else _("Nobody has seen a suggestion, so none can have led them: that is what asking blind is for.")
        )
    faces = people_shown(membership, [int(pk) for pk in value["people"]])
    known = [(faces[int(pk)], figures) for pk, figures in value["people"].items() if int(pk) in faces]
    estimates: list[Estimate] = []
    for face, (same, of_seen, same_blind, of_blind) in known:
        apart = difference((same, of_seen), (same_blind, of_blind))
        if apart is not None and min(of_seen, of_blind) >= LEAST and len(estimates) < DRAWN:
            told = f"{face.name}: {points(apart[0])} ({points(apart[1])} – {points(apart[2])})"
            estimates.append(Estimate(face.name, *apart, told, hue="bad" if apart[1] > 0 else None, link=face.items))
    verdict = (
        _("Suggestions lead people.")
        if whole[1] > 0
        else _("No such effect is shown.")
        if whole[2] > 0
        else _("People go against suggestions.")
    )
    axis = Axis(_("More often as the model, when seen"), "share")
    return Figure(
        columns=(
            Column("person", _("Person"), False), Column("seen", _("Seen")), Column("as_seen", _("As suggested, seen")),
            Column("blind", _("Blind")), Column("as_blind", _("As the model, blind")),
            Column("difference", _("Difference")), Column("low", _("at least")), Column("high", _("at most")),
        ),
        rows=(
            _row(Face(_("everybody")), value["all"]),
            *(_row(face, figures) for face, figures in known),
        ),
        charts=(Estimates(_("Led by suggestions"), tuple(estimates), axis, 0.0),) if estimates else (),
        stats=(
            Stat(_("Difference"), points(whole[0]), f"{points(whole[1])} – {points(whole[2])}. {verdict}"),
            Stat(_("As suggested, seen"), percent(as_seen / seen), _("of %(n)s answers") % {"n": number(seen)}),
            Stat(_("As the model, blind"), percent(as_blind / blind), _("of %(n)s answers") % {"n": number(blind)}),
        ),
        note=_(
            "The model that was surest of an item, where it had voted before the person. Audits are drawn by chance "
            "and answered blind, so they compare best; what is blind for another reason may be harder or easier. "
            "Intervals are at 95 % (Newcombe)."
        ),
    )  # fmt: skip


def points(value: float) -> str:
    """A difference of shares: “+4.2 %”."""
    return ("+" if value > 0 else "−" if value < 0 else "") + percent(abs(value))


def _row(face: Face, figures: list[int]) -> tuple[Cell, ...]:
    as_seen, seen, as_blind, blind = figures
    apart = difference((as_seen, seen), (as_blind, blind))
    low, high = (apart[1], apart[2]) if apart else (None, None)
    return (
        words(face.name, face.page, head=True),
        count(seen, face.items),
        share(as_seen / seen if seen else None),
        count(blind, face.items),
        share(as_blind / blind if blind else None),
        share(apart[0] if apart else None),
        share(low),
        share(high),
    )


ANCHORING = Kind("anchoring", gettext_lazy("Do suggestions lead people?"), "quality", measure, present)
