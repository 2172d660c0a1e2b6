"""How many answers of people the settled items took, against having everything answered `overlap` times."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotation.models import Annotation, Membership, Project, Stage
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions.speech import number

from ..charts import Axis, Bar, Bars, Hue, Link
from .base import Column, Figure, Kind, Stat, Value, count, decimal, nothing, percent, words


def measure(project: Project, filters: Filters) -> Value:
    settled = select(project, filters).filter(stage=Stage.SETTLED)
    answers = Annotation.objects.votes().human().filter(project=project, item__in=settled.values("pk"))
    return {"items": settled.count(), "answers": answers.count(), "overlap": project.overlap}


def present(membership: Membership, value: Value) -> Figure:
    items, answers, overlap = value["items"], value["answers"], value["overlap"]
    if not items:
        return nothing(_("Nothing is settled yet."))
    everything = items * overlap
    saved = everything - answers
    link = Link({"stage": "settled"})
    rows = ((_("Everything by people"), everything), (_("As it was done"), answers), (_("Saved"), saved))
    return Figure(
        columns=(
            Column("way", _("Way"), False), Column("answers", _("Answers of people")),
            Column("per_item", _("Per item")),
        ),
        rows=tuple((words(name, head=True), count(amount, link), decimal(amount / items)) for name, amount in rows),
        charts=(
            Bars(
                _("Answers of people for the settled items"),
                (_bar(*rows[0], "muted", link), _bar(*rows[1], "series-1", link)),
                Axis(_("Answers")),
            ),
        ),
        stats=(
            Stat(
                _("Answers saved") if saved >= 0 else _("Answers more than planned"),
                number(abs(saved)),
                _("%(share)s of the %(all)s that %(overlap)s per item would have taken")
                % {"share": percent(abs(saved) / everything), "all": number(everything), "overlap": overlap},
                link,
            ),
        ),
        note=_("Of settled items only. Disputed items are asked of more people, which is counted against the savings."),
    )  # fmt: skip


def _bar(name: str, answers: int, hue: Hue, link: Link) -> Bar:
    return Bar(name, answers, f"{name}: {number(answers)}", hue=hue, link=link)


SAVINGS = Kind("savings", gettext_lazy("Answers saved"), "project", measure, present)
