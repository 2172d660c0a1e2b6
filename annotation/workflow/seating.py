"""Who rules on a project's disputes: one of its judges, or all of them at one table, as the policy says."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop

from annotation.labelers.panel import MOST_SPEAKERS
from annotation.models import Labeler, Project, Ruling, User

from .enlisting import add_labeler

TITLES: dict[str, str] = {Ruling.PANEL: gettext_noop("Panel"), Ruling.DEBATE: gettext_noop("Debate")}


def judges_of(project: Project) -> list[Labeler]:
    """The judges at work, the earliest first; of very many the newest."""
    active = Labeler.objects.filter(project=project, kind="judge", active=True)
    return sorted(active.order_by("-pk")[:MOST_SPEAKERS], key=lambda judge: judge.pk)


def seat(project: Project, *, user: User | None = None) -> Labeler | None:
    """The judge that the policy wants now; None where there is none to ask.

    A table is a model annotator of its own, with its judges' settings in it: whoever joins, leaves or changes makes a
    new version of it, which has to prove itself anew.
    """
    judges = judges_of(project)
    if not judges or project.resolution == Ruling.NONE:
        return None
    if project.resolution == Ruling.JUDGE:
        return judges[-1]
    config: dict[str, Any] = {"judges": [{**judge.config, "name": str(judge)} for judge in judges]}
    if project.resolution == Ruling.DEBATE:
        config["rounds"] = project.debate_rounds
    seated = Labeler.objects.filter(project=project, kind=project.resolution, active=True).order_by("-pk").first()
    if seated is not None and seated.config == config:
        return seated
    name = seated.name if seated else _free_name(project)
    return add_labeler(project, name=name, kind=project.resolution, config=config, user=user)


def _free_name(project: Project) -> str:
    """A name that no other kind of annotator has: adding a version of that would retire it."""
    title = TITLES[project.resolution]
    others = Labeler.objects.filter(project=project).exclude(kind=project.resolution)
    taken = set(others.filter(name__startswith=title).values_list("name", flat=True))
    return next(name for name in [title, *(f"{title} {n}" for n in range(2, len(taken) + 3))] if name not in taken)
