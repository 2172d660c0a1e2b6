"""Items that need a reviewer, with every vote, as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from annotation.models import Annotation, Item, Project

from .naming import names_on
from .review_reasons import reasons_for


def review_rows(items: Sequence[Item]) -> list[dict[str, Any]]:
    """`{item, version, votes, reason}` for items of one project, in their order. A judge's advice is marked as such."""
    if not items:
        return []
    project = items[0].project
    votes = _votes(project, items)
    reasons = reasons_for(project, items)
    return [
        {
            "item": {
                "id": item.pk,
                "external_id": item.external_id,
                "fields": item.fields,
                "metadata": item.metadata,
                "stage": item.stage,
            },
            "version": item.version,
            "votes": votes[item.pk],
            "reason": reasons[item.pk],
            "because": item.review_reason,
        }
        for item in items
    ]


def _votes(project: Project, items: Sequence[Item]) -> dict[int, list[dict[str, Any]]]:
    votes: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = list(Annotation.objects.on_record().filter(item__in=items).select_related("annotator").order_by("pk"))
    names = names_on(project, rows)
    for row in rows:
        votes[row.item_id].append(
            {
                "id": row.pk,
                "annotator": names[row.item_id, row.annotator_id],
                "kind": row.annotator.kind,
                "answers": row.answers,
                "distribution": row.distribution,
                "confidence": row.confidence,
                "rationale": row.rationale,
                "at": row.created_at,
                "advice": row.advice,
            }
        )
    return votes
