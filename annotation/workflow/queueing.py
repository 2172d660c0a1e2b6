"""Lease items to annotators: claim, renew, skip, and take back what was left lying."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from annotation.models import Annotator, AnnotatorKind, Assignment, AssignmentState, Item, Project, Verb
from annotation.models.claimable import CLAIMABLE

from .advancing import advance
from .errors import AssignmentClosed
from .recording import record

LEASE = timedelta(minutes=15)
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
# Few at a time, since claims pass by what is locked.
REORDERED_AT_ONCE = 1_000


def find_open(annotator: Annotator) -> Assignment | None:
    """The annotator's oldest live lease: what they were working on before a reload."""
    live = Assignment.objects.open().select_related("item").filter(annotator=annotator, expires_at__gt=Now())
    lease = live.order_by("pk").first()
    return None if lease is None else lease.held_by(annotator)


def claim(annotator: Annotator) -> Assignment | None:
    """Lease the item where this person's vote is worth most, or None when nothing is left for them."""
    pk = None
    if annotator.queue_item is not None:
        pk = _claim(annotator, _cursor(annotator), "SKIP LOCKED")
    if pk is None:
        # Round again from the top: returned leases and fresh priorities stand before the cursor.
        release_overdue(annotator.project_id)
        pk = _claim(annotator, TOP, "SKIP LOCKED")
    if pk is None:
        # What is left may only be locked for a moment by another's answer: wait rather than call the queue empty.
        pk = _claim(annotator, TOP, "")
    return None if pk is None else Assignment.objects.select_related("item").get(pk=pk).held_by(annotator)


def renew(assignment: Assignment) -> Assignment:
    """Push the expiry out while the annotator is still at work; AssignmentClosed when the lease went on."""
    renewed = Assignment.objects.open().filter(pk=assignment.pk).update(expires_at=Now() + LEASE)
    if not renewed:
        raise AssignmentClosed("This item went to somebody else while it lay open.")
    assignment.refresh_from_db(fields=["expires_at"])
    return assignment


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
        raise AssignmentClosed("This item was answered or given back already.")
    _free([assignment.item_id])
    record(
        assignment.project_id,
        Verb.SKIPPED,
        annotator=assignment.annotator,
        user=assignment.annotator.user_id,
        item=assignment.item_id,
        reason=reason,
    )
    advance(assignment.project, [assignment.item_id], annotator=assignment.annotator)


@transaction.atomic
def release_overdue(project: int | None = None) -> int:
    """Return the slots of expired leases to the queue; how many there were."""
    overdue = Assignment.objects.overdue()
    if project is not None:
        overdue = overdue.filter(project_id=project)
    # SKIP LOCKED: a lease that is being answered this moment is not overdue any more.
    rows = list(overdue.select_for_update(skip_locked=True).values_list("pk", "item_id"))
    if rows:
        Assignment.objects.filter(pk__in=[pk for pk, _ in rows]).update(state=AssignmentState.EXPIRED, closed_at=Now())
        _free([item for _, item in rows])
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


def _claim(annotator: Annotator, after: tuple[float, int], wait: str) -> int | None:
    rank, item = after
    parameters: dict[str, Any] = {
        "project": annotator.project_id,
        "annotator": annotator.pk,
        "rank": rank,
        "after": item,
        "lease": LEASE,
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
        return _claim(annotator, _cursor(annotator), wait)
    return row[0] if row else None
