"""Items that came in a moment ago and are not found by their words and metadata yet."""

from __future__ import annotations

from django.db.models import Sum

from annotation.models import Project, Unindexed
from annotation.models.filters import Filters
from annotation.models.selection import SEARCHED


def unindexed_for(project: Project, filters: Filters) -> int:
    """How many a search by these filters would overlook; 0, and no query, where they look for no words."""
    if not SEARCHED & set(filters.asked):
        return 0
    return Unindexed.objects.filter(project=project).aggregate(count=Sum("count"))["count"] or 0
