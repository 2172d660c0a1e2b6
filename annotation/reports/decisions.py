"""What a reviewer has decided last, and whether it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from annotation.models import Project, Resolution, User

# So far back a reviewer can go step by step.
REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class Decision:
    """`version` is the item's that taking it back has to name; `stands`: nobody answered or decided since."""

    row: Resolution
    version: int
    stands: bool


def last_decisions(project: Project, user: User, *, most: int = REMEMBERED) -> list[Decision]:
    """The newest first; those that another decision came after are left out."""
    newer = Resolution.objects.filter(item=OuterRef("item"), pk__gt=OuterRef("pk"))
    mine = Resolution.objects.filter(~Exists(newer), project=project, reviewer=user)
    rows = mine.select_related("item").defer("item__embedding").order_by("-pk")[:most]
    # A decision raises the version by one.
    return [Decision(row, row.version + 1, row.item.version == row.version + 1) for row in rows]
