"""The projects a person belongs to, and how far each one is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count

from annotation.models import Item, Membership, User


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """`waiting` counts the items in review."""

    membership: Membership
    total: int
    settled: int
    waiting: int

    @property
    def percent(self) -> float:
        return 100 * self.settled / self.total if self.total else 0.0


def projects_of(user: User) -> list[ProjectRow]:
    """Newest first: two queries, however many projects."""
    memberships = list(
        Membership.objects.filter(user=user).select_related("project").order_by("-project__created_at", "-pk")
    )
    stages: dict[int, dict[str, int]] = defaultdict(dict)
    counts = Item.objects.filter(project__in=[membership.project_id for membership in memberships]).order_by()
    for project, stage, count in counts.values_list("project_id", "stage").annotate(count=Count("pk")):
        stages[project][stage] = count
    return [_row(membership, stages[membership.project_id]) for membership in memberships]


def _row(membership: Membership, stages: dict[str, int]) -> ProjectRow:
    return ProjectRow(
        membership=membership,
        total=sum(stages.values()),
        settled=stages.get("settled", 0),
        waiting=stages.get("disputed", 0) + stages.get("review", 0),
    )
