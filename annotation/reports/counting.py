"""How many people and how many models have voted."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q

from annotation.models import Annotation


def votes_on(items: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Item id → (people, models); items without a vote are missing."""
    votes = Annotation.objects.votes().filter(item__in=list(items)).order_by().values_list("item_id")
    counts = votes.annotate(
        people=Count("pk", filter=Q(annotator__kind="human")), models=Count("pk", filter=Q(annotator__kind="model"))
    )
    return {item: (people, models) for item, people, models in counts}
