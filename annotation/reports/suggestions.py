"""What models say of an item, where its annotator may see it."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from annotation.models import Annotation, Assignment, Purpose


def suggestions_for(assignment: Assignment) -> list[dict[str, Any]]:
    """Model votes shown before the answer; none on audited items, in a qualification, or where people are asked blind.

    Never another person's answer, and never a judge's advice, which has read them.
    """
    if assignment.project.blind_first or assignment.item.audit or assignment.purpose == Purpose.QUALIFICATION:
        return []
    return _votes(assignment)


def revealed_for(assignment: Assignment) -> list[dict[str, Any]]:
    """Model votes shown once the person has answered, where the project hid them before.

    Not on audited items: an audit's answer may be taken back and given again, and has to stay blind.
    """
    if not assignment.project.blind_first or assignment.item.audit or assignment.purpose == Purpose.QUALIFICATION:
        return []
    return _votes(assignment)


def _votes(assignment: Assignment) -> list[dict[str, Any]]:
    votes = (
        Annotation.objects.votes()
        .by_models()
        .filter(item_id=assignment.item_id)
        .order_by(F("confidence").desc(nulls_last=True), "pk")
    )
    return [
        {
            "annotator": name,
            "answers": answers,
            "distribution": distribution,
            "confidence": confidence,
            "rationale": why,
        }
        for name, answers, distribution, confidence, why in votes.values_list(
            "annotator__name", "answers", "distribution", "confidence", "rationale"
        )
    ]
