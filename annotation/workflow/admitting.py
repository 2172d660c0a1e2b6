"""What a person is given next: work, a hidden check, their qualification round, or nothing, and then why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from django.db import connection

from annotation.models import Annotator, Membership, Qualification, QualificationState

from .checking import is_due, unmet_checks
from .qualifying import find_newest, is_qualified

# What this person answered today and holds now, and no more of it than the cap. The newest answers by the index of
# their ids: the cost is that of the cap, however much they ever did.
TAKEN_TODAY = """
SELECT (
    SELECT count(*) FROM (
        SELECT created_at, superseded_at FROM annotation_annotation
        WHERE annotator_id = %(annotator)s ORDER BY id DESC LIMIT 2 * %(cap)s
    ) newest
    WHERE superseded_at IS NULL AND created_at >= date_trunc('day', now(), 'UTC')
) + (
    SELECT count(*) FROM (
        SELECT FROM annotation_assignment
        WHERE annotator_id = %(annotator)s AND state = 'open' AND expires_at > now() LIMIT %(cap)s
    ) held
)
"""


class Due(Enum):
    WORK = "work"
    CHECK = "check"
    QUALIFICATION = "qualification"
    NOTHING = "nothing"


class Hold(StrEnum):
    """Why a person is given nothing."""

    PAUSED = "paused"
    CAPPED = "capped"
    ASSIGNED_ONLY = "assigned_only"
    FAILED = "failed"
    NO_CHECKS = "no_checks"


@dataclass(frozen=True, slots=True)
class Standing:
    """`hold` says why nothing is due; `round` is the qualification that counts, where the project asks for one."""

    due: Due
    hold: Hold | None = None
    membership: Membership | None = None
    round: Qualification | None = None


def standing_of(annotator: Annotator) -> Standing:
    """What this person's next claim is to give them: two or three look-ups by key, whatever the project's size.

    Somebody without a membership is a name that came with imported answers; scripts may claim for it.
    """
    membership = (
        Membership.objects.select_related("project")
        .filter(project=annotator.project_id, user=annotator.user_id)
        .first()
    )
    if membership is None:
        return Standing(Due.WORK)
    if membership.paused:
        return Standing(Due.NOTHING, Hold.PAUSED, membership)
    if membership.daily_cap is not None and _taken_today(annotator, membership.daily_cap) >= membership.daily_cap:
        return Standing(Due.NOTHING, Hold.CAPPED, membership)
    if membership.project.qualification_items:
        newest = find_newest(annotator)
        if not is_qualified(membership, newest):
            return _before_qualifying(annotator, membership, newest)
    if membership.assigned_only:
        return Standing(Due.NOTHING, Hold.ASSIGNED_ONLY, membership)
    check = is_due(annotator, membership.project.gold_rate)
    return Standing(Due.CHECK if check else Due.WORK, None, membership)


def _before_qualifying(annotator: Annotator, membership: Membership, newest: Qualification | None) -> Standing:
    if newest is not None and newest.state == QualificationState.FAILED:
        return Standing(Due.NOTHING, Hold.FAILED, membership, newest)
    needed = membership.project.qualification_items
    if newest is None and unmet_checks(annotator).order_by()[:needed].count() < needed:
        return Standing(Due.NOTHING, Hold.NO_CHECKS, membership)
    return Standing(Due.QUALIFICATION, None, membership, newest)


def _taken_today(annotator: Annotator, cap: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TAKEN_TODAY, {"annotator": annotator.pk, "cap": cap})
        return cursor.fetchone()[0]
