"""Lease items to annotators: claim, renew, skip, and take back what was left lying."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from annotation.models import (
    Annotator,
    AnnotatorKind,
    Assignment,
    AssignmentState,
    Item,
    Membership,
    Project,
    Purpose,
    Stage,
    Verb,
)
from annotation.models.claimable import CLAIMABLE

from .admitting import Due, standing_of
from .advancing import advance
from .checking import give_check
from .errors import AssignmentClosed, Conflict
from .qualifying import give_qualification_item, note_progress
from .recording import record

LEASE = timedelta(minutes=15)
# An item held ahead is nobody's work yet: given up soon where its page no longer says that somebody is there.
AHEAD = timedelta(minutes=5)
# Before every item in the queue's order: (rank, id).
TOP = (float("-inf"), 0)

# One statement, so that the choice, the slot and the lease stand or fall together. The row comparison continues
# after this annotator's last claim, so the cost does not grow with the work already done. SKIP LOCKED lets
# simultaneous claimers pass each other; the lock re-checks `taken < slots` on the newest version of the row.
CLAIM = """
WITH candidate AS (
    SELECT item.id, item.priority * -1 AS rank
    FROM annotation_item item
    WHERE {claimable} AND (item.priority * -1, item.id) > (%(rank)s, %(after)s)
    ORDER BY item.priority * -1, item.id
    LIMIT 1
    FOR NO KEY UPDATE OF item {wait}
), slot AS (
    UPDATE annotation_item SET taken = taken + 1 FROM candidate
    WHERE annotation_item.id = candidate.id
    RETURNING candidate.id, candidate.rank
), cursor AS (
    UPDATE annotation_annotator SET queue_rank = slot.rank, queue_item = slot.id FROM slot
    WHERE annotation_annotator.id = %(annotator)s
)
INSERT INTO annotation_assignment (project_id, item_id, annotator_id, state, reason, draft, created_at, expires_at)
SELECT %(project)s, slot.id, %(annotator)s, 'open', '', '{{}}', statement_timestamp(), statement_timestamp() + %(lease)s
FROM slot
RETURNING id
"""

# Statistics know nothing of a project imported a minute ago: the planner takes it for one row, reads all of it and
# sorts (318 ms a claim at 60,000 items). Without sorting, the queue's index in its own order is what remains.
IN_ORDER = "SET LOCAL enable_sort = off;"


# SKIP LOCKED: an item that is being answered this moment is not in the queue any more.
REORDER = """
WITH wanted AS (
    SELECT * FROM unnest(%s::bigint[], %s::float8[]) AS wanted (id, priority)
), free AS (
    SELECT item.id FROM annotation_item item JOIN wanted USING (id)
    WHERE item.stage IN ('new', 'human') AND item.priority <> wanted.priority
    ORDER BY item.id FOR NO KEY UPDATE OF item SKIP LOCKED
)
UPDATE annotation_item item SET priority = wanted.priority
FROM free JOIN wanted USING (id) WHERE item.id = free.id
"""
# However many tabs ask at once, one person holds one item ahead: the second sees what the first was given.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('annotator ahead', %s))"
# Few at a time, since claims pass by what is locked.
REORDERED_AT_ONCE = 1_000


def find_open(annotator: Annotator, *, beside: int | None = None, only: int | None = None) -> Assignment | None:
    """The annotator's oldest live lease: what they were working on before a reload.

    `beside` leaves one lease out, `only` asks for one of them alone.
    """
    live = Assignment.objects.open().select_related("item").filter(annotator=annotator, expires_at__gt=Now())
    if only is not None:
        live = live.filter(pk=only)
    # Who is paused is given nothing, not even what was assigned to them.
    paused = Membership.objects.filter(project=annotator.project_id, user=annotator.user_id, paused=True)
    live = live.filter(~Exists(paused))
    if beside is not None:
        live = live.exclude(pk=beside)
    lease = live.order_by("pk").first()
    return None if lease is None else lease.held_by(annotator)


def claim(annotator: Annotator) -> Assignment | None:
    """Lease the item where this person's vote is worth most, or None when nothing is left for them."""
    pk, queued = _before_the_queue(annotator, LEASE)
    if pk is None and queued and annotator.queue_item is not None:
        pk = _claim(annotator, _cursor(annotator), "SKIP LOCKED")
    if pk is None and queued:
        # Round again from the top: returned leases and fresh priorities stand before the cursor.
        release_overdue(annotator.project_id)
        pk = _claim(annotator, TOP, "SKIP LOCKED")
    if pk is None and queued:
        # What is left may only be locked for a moment by another's answer: wait rather than call the queue empty.
        pk = _claim(annotator, TOP, "")
    return None if pk is None else Assignment.objects.select_related("item").get(pk=pk).held_by(annotator)


@transaction.atomic
def take_next(annotator: Annotator) -> Assignment | None:
    """What this person holds already, else one more item, or None when nothing is left for them.

    Asked twice at once, both get the same: the second would find nothing left where the first was given the last item.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [annotator.pk])
    return find_open(annotator) or claim(annotator)


def claim_ahead(annotator: Annotator, *, beside: int | None) -> Assignment | None:
    """What this person does after the lease `beside`: an item they hold already, else one more, held for a short time.

    May answer None while something is left (locked at this moment); `claim` knows for sure.
    """
    ahead = _claim_ahead(annotator, beside, _cursor(annotator))
    if ahead is None:
        release_overdue(annotator.project_id)
        ahead = _claim_ahead(annotator, beside, TOP)
    return ahead


def renew(assignment: Assignment, lease: timedelta = LEASE) -> Assignment:
    """Push the expiry out while the annotator is still at work; AssignmentClosed when the lease went on."""
    renewed = (
        Assignment.objects.open().filter(pk=assignment.pk).update(expires_at=Greatest("expires_at", Now() + lease))
    )
    if not renewed:
        raise AssignmentClosed(_("This item went to somebody else while it lay open."))
    assignment.refresh_from_db(fields=["expires_at"])
    return assignment


def keep(annotator: Annotator, pk: int, lease: timedelta = LEASE) -> bool:
    """As `renew`, for a lease known by its id alone; False where this person does not hold it."""
    return bool(
        Assignment.objects.open()
        .filter(pk=pk, annotator=annotator)
        .update(expires_at=Greatest("expires_at", Now() + lease))
    )


@transaction.atomic
def skip(assignment: Assignment, *, reason: str = "") -> None:
    """Give the item back, for good as far as this annotator is concerned."""
    reason = reason.replace("\0", "")[:500]
    # Conditional: a skip that races an answer or the sweep must not free the slot twice.
    skipped = (
        Assignment.objects.open()
        .filter(pk=assignment.pk)
        .update(state=AssignmentState.SKIPPED, reason=reason, closed_at=Now())
    )
    if not skipped:
        raise AssignmentClosed(_("This item was answered or given back already."))
    record(
        assignment.project_id,
        Verb.SKIPPED,
        annotator=assignment.annotator,
        user=assignment.annotator.user_id,
        item=assignment.item_id,
        reason=reason,
    )
    if assignment.takes_slot:
        _free([assignment.item_id])
        advance(assignment.project, [assignment.item_id], annotator=assignment.annotator)
    elif assignment.qualification_id:
        note_progress(assignment)


@transaction.atomic
def release(assignment: Assignment) -> bool:
    """Give back an item that was held ahead and not begun; whether it was. It may come to the same person again."""
    # Conditional, as in `skip`; what has a draft is somebody's work.
    # What a lead gave to this person waits for them.
    unused = Assignment.objects.open().filter(pk=assignment.pk, draft={}, given_by__isnull=True)
    if not unused.update(state=AssignmentState.EXPIRED, closed_at=Now()):
        return False
    if assignment.takes_slot:
        _free([assignment.item_id])
    # Where nothing was claimed since, the next claim begins with it rather than a whole round later.
    last = Annotator.objects.filter(pk=assignment.annotator_id, queue_item=assignment.item_id)
    last.update(queue_item=F("queue_item") - 1)
    return True


@transaction.atomic
def reopen(assignment: Assignment) -> Assignment:
    """Take up again what this person skipped, while its slot is free. Raises Conflict."""
    # Conditional: two clicks must not take two slots.
    skipped = Assignment.objects.filter(pk=assignment.pk, state=AssignmentState.SKIPPED)
    if not skipped.update(state=AssignmentState.OPEN, closed_at=None, expires_at=Now() + LEASE):
        raise Conflict(_("You have taken up this item again already."))
    if assignment.qualification_id:
        raise Conflict(_("An item that was skipped in the qualification round stays skipped."))
    free = Item.objects.filter(pk=assignment.item_id, taken__lt=F("slots")).exclude(stage=Stage.SETTLED)
    if assignment.takes_slot and not free.update(taken=F("taken") + 1):
        raise Conflict(_("Others have answered this item meanwhile; it needs nobody any more."))
    told = record(
        assignment.project_id,
        Verb.REOPENED,
        annotator=assignment.annotator,
        user=assignment.annotator.user_id,
        item=assignment.item_id,
    )
    advance(assignment.project, [assignment.item_id], annotator=told.annotator)
    return Assignment.objects.select_related("item").get(pk=assignment.pk).held_by(assignment.annotator)


@transaction.atomic
def release_overdue(project: int | None = None) -> int:
    """Return the slots of expired leases to the queue; how many there were."""
    overdue = Assignment.objects.overdue()
    if project is not None:
        overdue = overdue.filter(project_id=project)
    # SKIP LOCKED: a lease that is being answered this moment is not overdue any more.
    rows = list(overdue.select_for_update(skip_locked=True).values_list("pk", "item_id", "purpose"))
    if rows:
        Assignment.objects.filter(pk__in=[row[0] for row in rows]).update(
            state=AssignmentState.EXPIRED, closed_at=Now()
        )
        _free([item for _, item, purpose in rows if purpose == Purpose.WORK])
    return len(rows)


def put_in_order(project: Project, items: Sequence[int], priorities: Sequence[float]) -> None:
    """Give the open ones of `items` new priorities, the highest first, and begin everybody's queue anew."""
    first = sorted(zip(items, priorities, strict=True), key=lambda pair: -pair[1])
    for start in range(0, len(first), REORDERED_AT_ONCE):
        batch = [list(column) for column in zip(*first[start : start + REORDERED_AT_ONCE], strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(REORDER, batch)
        if not start:
            start_over(project)
    start_over(project)


@transaction.atomic
def start_over(project: Project) -> None:
    """Fresh priorities stand before the cursors of people at work: their next claim begins at the top."""
    # Locked in order: two chunks stored at once would deadlock over the same people.
    people = Annotator.objects.filter(project=project, kind=AnnotatorKind.HUMAN).order_by("pk")
    locked = list(people.select_for_update(no_key=True).values_list("pk", flat=True))
    Annotator.objects.filter(pk__in=locked).update(queue_rank=None, queue_item=None)


def _free(items: list[int]) -> None:
    for item in sorted(items):
        Item.objects.filter(pk=item).update(taken=F("taken") - 1)


def _cursor(annotator: Annotator) -> tuple[float, int]:
    """Where this person's last claim stood; before everything when fresh priorities have reset it."""
    if annotator.queue_rank is None or annotator.queue_item is None:
        return TOP
    return annotator.queue_rank, annotator.queue_item


def _before_the_queue(annotator: Annotator, lease: timedelta) -> tuple[int | None, bool]:
    """What comes before the queue's next item, where anything does, and whether the queue may follow."""
    standing = standing_of(annotator)
    if standing.due is Due.CHECK:
        return give_check(annotator, lease=lease), True
    if standing.due is Due.QUALIFICATION and standing.membership is not None:
        return give_qualification_item(annotator, standing.membership.project, lease=lease), False
    return None, standing.due is Due.WORK


@transaction.atomic
def _claim_ahead(annotator: Annotator, beside: int | None, after: tuple[float, int]) -> Assignment | None:
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME, [annotator.pk])
    held = find_open(annotator, beside=beside)
    if held is not None:
        return held
    pk, queued = _before_the_queue(annotator, AHEAD)
    if pk is None and queued:
        # Never waits for an item while it holds the lock above.
        pk = _claim(annotator, after, "SKIP LOCKED", AHEAD)
    return None if pk is None else Assignment.objects.select_related("item").get(pk=pk).held_by(annotator)


def _claim(annotator: Annotator, after: tuple[float, int], wait: str, lease: timedelta = LEASE) -> int | None:
    rank, item = after
    parameters: dict[str, Any] = {
        "project": annotator.project_id,
        "annotator": annotator.pk,
        "rank": rank,
        "after": item,
        "lease": lease,
    }
    # Sent together, both statements are one transaction; within a caller's, a savepoint survives the race below.
    savepoint = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with savepoint, connection.cursor() as cursor:
            cursor.execute(IN_ORDER + CLAIM.format(claimable=CLAIMABLE, wait=wait), parameters)
            cursor.nextset()
            row = cursor.fetchone()
    except IntegrityError:
        # The same person claimed the same item in another tab a moment ago: take what comes after it.
        annotator.refresh_from_db(fields=["queue_rank", "queue_item"])
        return _claim(annotator, _cursor(annotator), wait, lease)
    return row[0] if row else None
