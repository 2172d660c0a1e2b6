"""What a lead does next, until all of it is done once."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from annotation.models import Project
from annotation.reports import Progress

FEW = 2


def next_steps(project: Project, progress: Progress) -> list[dict[str, Any]]:
    """The context of templates/project/steps.html; empty once every step was taken."""
    steps = [
        _step(
            project, "Upload your data", "A CSV or JSONL file; each row becomes an item.", "imports", "Upload",
            progress.total > 0,
        ),
        _step(
            project, "Let a model vote first", "People then get the items where the model is least sure.", "labelers",
            "Models", progress.model_votes > 0,
        ),
        _step(
            project, "Invite people", "Annotators answer, reviewers decide what stays disputed.", "people", "People",
            project.memberships.count() > 1,
        ),
        _step(
            project, "Annotate", "One card, one decision; digits choose, Enter submits.", "annotate", "Annotate",
            progress.human_answers > 0,
        ),
        _step(
            project, "Download the dataset", "Each label says who or what decided it.", "snapshots", "Download",
            project.snapshots.exists(),
        ),
    ]  # fmt: skip
    left = [step for step in steps if not step["done"]]
    # Who is nearly there needs the reminder, not the list.
    return steps if len(left) > FEW else left


def _step(project: Project, title: str, text: str, view: str, action: str, done: bool) -> dict[str, Any]:
    return {"title": title, "text": text, "url": reverse(view, args=[project.slug]), "action": action, "done": done}
