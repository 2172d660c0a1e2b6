"""What annotators are called on a dashboard, and where their names lead."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from annotation.models import Annotator, Labeler, Membership

from ..charts import Link
from ..naming import letter_of


@dataclass(frozen=True, slots=True)
class Face:
    """`page`: the person's own page; `items`: those that they answered."""

    name: str
    page: Link | None = None
    items: Link | None = None


def people_shown(membership: Membership, annotators: Collection[int]) -> dict[int, Face]:
    """Annotator → who that is, for this member. A reviewer who is not to know meets letters that lead nowhere."""
    project = membership.project
    if project.anonymous_review and not membership.may_manage:
        drawn = sorted(annotators, key=lambda pk: hashlib.sha256(f"{project.pk} {pk}".encode()).digest())
        return {pk: Face(letter_of(place)) for place, pk in enumerate(drawn)}
    members: dict[int, int] = {}
    if membership.may_manage:
        members = dict(Membership.objects.filter(project=project).values_list("user_id", "pk"))
    rows = Annotator.objects.filter(pk__in=annotators).values_list("pk", "name", "user_id")
    return {
        pk: Face(
            name,
            Link(page="member", pk=members[user]) if user in members else None,
            Link({"answered_by": str(pk)}),
        )
        for pk, name, user in rows
    }


def models_shown(membership: Membership, labelers: Collection[int]) -> dict[int, Face]:
    """Labeler → the version's name; its page is for managers."""
    rows = Labeler.objects.filter(pk__in=labelers)
    return {row.pk: Face(str(row), Link(page="labeler", pk=row.pk) if membership.may_manage else None) for row in rows}
