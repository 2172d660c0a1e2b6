"""What a lead does next, until all of it is done once."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from annotation.models import Project
from annotation.reports import Progress

FEW = 2


def next_steps(project: Project, progress: Progress) -> list[dict[str, Any]]:
    """The context of templates/project/steps.html; empty once every step was taken."""
    steps = [
        _step(
            project, _("Upload your data"), _("A CSV or JSONL file; each row becomes an item."), "imports", _("Upload"),
            progress.total > 0,
        ),
        _step(
            project, _("Let a model vote first"), _("People then get the items where the model is least sure."),
            "labelers", _("Models"), progress.model_votes > 0 or progress.percent == 100,
        ),
        _step(
            project, _("Invite people"), _("Annotators answer, reviewers decide what stays disputed."),
            "people", _("People"),
            project.memberships.count() > 1,
        ),
        _step(
            project, _("Annotate"), _("One card, one decision; digits choose, Enter submits."),
            "annotate", _("Annotate"),
            progress.human_answers > 0,
        ),
        _step(
            project, _("Download the dataset"), _("Each label says who or what decided it."),
            "snapshots", _("Download"),
            project.snapshots.exists(),
        ),
    ]  # fmt: skip
    left = [step for step in steps if not step["done"]]
    # Who is nearly there needs the reminder, not the list.
    return steps if len(left) > FEW else left


def _step(project: Project, title: str, text: str, view: str, action: str, done: bool) -> dict[str, Any]:
    return {"title": title, "text": text, "url": reverse(view, args=[project.slug]), "action": action, "done": done}
