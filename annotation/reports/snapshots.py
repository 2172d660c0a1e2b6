"""What a snapshot's manifest says of its labels beside counts: agreement, accuracy, and the models that answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from annotation.models import Annotator, AnnotatorKind, Project
from annotation.models.filters import Filters

from .agreement import agreement_report
from .figures.accuracy import estimated, measure

DIGITS = 6


def figures_of(project: Project, filters: Filters, questions: Collection[str]) -> dict[str, dict[str, Any]]:
    """Per question: people's agreement (the newest answers) and the accuracy of the settled labels that fit."""
    strata = measure(project, filters)["questions"]
    found: dict[str, dict[str, Any]] = {}
    for each in agreement_report(project):
        if each.question not in questions:
            continue
        accuracy = estimated(strata.get(each.question, {}).values())
        found[each.question] = {
            "agreement": {
                "alpha": _rounded(each.people.alpha),
                "raw": _rounded(each.people.raw),
                "items": each.people.items,
            },
            "accuracy": {
                "value": _rounded(accuracy.value),
                "low": _rounded(accuracy.low),
                "high": _rounded(accuracy.high),
                "checked": accuracy.checked,
            },
        }
    return found


def models_of(project: Project, answers: Mapping[str, int]) -> list[dict[str, Any]]:
    """What each model that answered is: its kind, and the language model behind it."""
    found = Annotator.objects.filter(project=project, kind=AnnotatorKind.MODEL, name__in=list(answers))
    return [
        {
            "name": each.name,
            "kind": each.labeler.kind if each.labeler else "",
            "model": str((each.labeler.config if each.labeler else {}).get("llm", "")),
            "answers": answers[each.name],
        }
        for each in found.select_related("labeler").order_by("name")
    ]


def _rounded(value: float | None) -> float | None:
    """Sums in another order differ in their last digits; a manifest does not."""
    return None if value is None else round(value, DIGITS)
