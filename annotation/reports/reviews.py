"""Items that need a reviewer, with every vote, as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from annotation.models import Annotation, Item

from .review_reasons import reasons_for


def review_rows(items: Sequence[Item]) -> list[dict[str, Any]]:
    """`{item, version, votes, reason}` for items of one project, in their order. A judge's advice is marked as such."""
    if not items:
        return []
    votes = _votes(items)
    reasons = reasons_for(items[0].project, items)
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
        }
        for item in items
    ]


def _votes(items: Sequence[Item]) -> dict[int, list[dict[str, Any]]]:
    votes: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Annotation.objects.on_record().filter(item__in=items).select_related("annotator").order_by("pk")
    for row in rows:
        votes[row.item_id].append(
            {
                "annotator": row.annotator.name,
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
