"""One decision about many items: a job over what was chosen, which can be stopped and taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.models import BulkAction, BulkChange, ChangedItem, JobState, Outcome, Project, User, Verb
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions.speech import number

from . import bulk_accepting, bulk_assigning, bulk_deleting, bulk_labeling, bulk_requeueing
from .bulk_action import Action
from .descending import count_descendants, descendants_of
from .erasing import check_erasable, erase_from_snapshots, erased_by, forget_items, snapshots_left
from .errors import Conflict, JobActive, Refused
from .jobs import ATTEMPTS, LEASE, Overtaken, cancel_job, close_job, stalled_jobs, work_off
from .publishing import publish
from .recording import record

BATCH = 200
# So few are done while the person waits; more are work for a worker.
AT_ONCE = 200
LARGEST = 1_000_000
# For this long a change can be taken back, and what it deleted is kept.
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 5

ACTIONS: dict[str, Action] = {
    BulkAction.LABEL: bulk_labeling,
    BulkAction.REQUEUE: bulk_requeueing,
    BulkAction.ASSIGN: bulk_assigning,
    BulkAction.DELETE: bulk_deleting,
    BulkAction.ACCEPT: bulk_accepting,
}
CHOOSE = """
INSERT INTO annotation_changeditem (change_id, item, outcome, reason)
SELECT %s, chosen.id, 'pending', '' FROM ({chosen}) AS chosen (id)
"""


def count_made(project: Project, filters: Filters, *, among: Collection[int] | None = None) -> int:
    """How many items recipes made of those that are meant, and of these; LARGEST + 1 where there are more."""
    return count_descendants(project, select(project, filters, among=among).values("pk"), most=LARGEST)


@transaction.atomic
def request_change(
    project: Project,
    *,
    action: str,
    user: User,
    filters: Filters | None = None,
    among: Collection[int] | None = None,
    details: Mapping[str, Any] | None = None,
) -> BulkChange:
    """Fix which items are meant, and queue the change. Raises Refused, naming the field.

    What fits later is not changed, and what fits no longer is: the items are those that were counted.
    """
    if action not in ACTIONS:
        raise Refused(_("An action is one of %(names)s.") % {"names": ", ".join(ACTIONS)}, "action")
    change = BulkChange.objects.create(
        project=project,
        action=action,
        details=ACTIONS[action].clean_details(project, details or {}),
        filters=(filters or Filters()).asked,
        created_by=user,
    )
    chosen = select(project, filters or Filters(), among=among).order_by().values_list("pk")[: LARGEST + 1]
    sql, parameters = chosen.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE.format(chosen=sql), [change.pk, *parameters])
        change.total = cursor.rowcount
        if not change.total:
            raise Refused(_("No item fits any more."), "items")
        if change.details.get("made"):
            made, given = descendants_of(project, change.changed_items.values("item"))
            cursor.execute(CHOOSE.format(chosen=made), [change.pk, *given])
            change.total += cursor.rowcount
    if change.total > LARGEST:
        raise Refused(
            _("One change is about at most %(largest)s items; narrow the filters.") % {"largest": number(LARGEST)},
            "items",
        )
    change.save(update_fields=["total"])
    record(project, Verb.BULK_STARTED, user=user, change=change.pk, action=action, items=change.total)
    publish("change_items", change.pk)
    return change


def change_now(change: BulkChange) -> None:
    """Do a small change, or take it back, at once; leave a large one to the workers. Call outside a transaction."""
    if change.total <= AT_ONCE:
        change_items(change.pk)


@transaction.atomic
def undo_change(change: BulkChange, *, user: User) -> None:
    """Bring back what the change found, as far as nobody has gone on from there. Raises Refused."""
    locked = BulkChange.objects.select_for_update().get(pk=change.pk)
    if locked.is_active:
        raise JobActive(_("This change is still at work; cancel it first."))
    if locked.erased_at is not None:
        raise Conflict(_("What was deleted has been erased for good."))
    if not locked.changed_items.filter(outcome=Outcome.DONE).exists():
        raise Conflict(_("There is nothing left to take back."))
    BulkChange.objects.filter(pk=change.pk).update(
        state=JobState.PENDING, undoing=True, attempts=0, error="", started_at=None, finished_at=None, leased_until=None
    )
    record(locked.project_id, Verb.BULK_UNDONE, user=user, change=change.pk, action=change.action)
    publish("change_items", change.pk)


def cancel_change(change: BulkChange) -> None:
    """Stop after the batch in progress; what is done stays, and can be taken back. Raises JobActive."""
    cancel_job(BulkChange.objects.all(), change.pk, _("This change is over already."))


@transaction.atomic
def erase_deleted(change: BulkChange, *, user: User | None = None) -> None:
    """Erase what a change deleted, log included; nothing brings it back. Raises Refused.

    Where snapshots may hold it, the change goes on as a job until it is out of each of them.
    """
    locked = BulkChange.objects.select_for_update().get(pk=change.pk)
    if locked.action != BulkAction.DELETE or locked.is_active:
        raise Conflict(_("Only what was deleted can be erased, once the deleting is over."))
    if _erase(locked, user):
        BulkChange.objects.filter(pk=change.pk).update(
            state=JobState.PENDING, attempts=0, error="", finished_at=None, leased_until=None
        )
        publish("change_items", change.pk)


@transaction.atomic
def erase_with_made(change: BulkChange, *, user: User) -> BulkChange | None:
    """The same, and what recipes made of it, and of that: answers the change that deletes it, and erases it then."""
    erase_deleted(change, user=user)
    sql, parameters = descendants_of(change.project, erased_by(change).values("item"))
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        made = [item for (item,) in cursor.fetchall()]
    if not made:
        return None
    following = request_change(change.project, action=BulkAction.DELETE, user=user, among=made)
    following.details = {"erase": True}
    following.save(update_fields=["details"])
    return following


def forget_old_changes() -> None:
    """After a month a change cannot be taken back any more, and what it deleted is erased."""
    over = BulkChange.objects.filter(finished_at__lt=Now() - KEPT).exclude(state__in=JobState.active())
    for change in over.order_by("pk")[:FORGOTTEN_AT_ONCE]:
        if change.action == BulkAction.DELETE and not change.is_erased:
            # While a snapshot is being written, the next sweep tries again.
            with suppress(Conflict):
                erase_deleted(change)
            change.refresh_from_db()
        if change.action != BulkAction.DELETE or change.is_erased:
            change.delete()


def find_stalled_bulk_changes() -> list[int]:
    """Changes that should be going on and that nobody holds."""
    return stalled_jobs(BulkChange.objects.all())


def change_items(change_pk: int) -> None:
    """Do what is left of a change; returns at once when somebody else is at it.

    A batch is one transaction with its outcomes: killed at any moment, the change goes on after the last one.
    """
    work_off(
        BulkChange.objects.select_related("project", "created_by"),
        change_pk,
        work=_run,
        close=_close,
        failures=(OSError, Conflict),
        given_up=f"The worker died {ATTEMPTS} times over this change; what is done stays.",
    )


def _run(change: BulkChange) -> None:
    if change.erased_at is None:
        while _batch(change):
            pass
        if change.undoing or not change.details.get("erase"):
            return
        with transaction.atomic():
            if not BulkChange.objects.filter(pk=change.pk, state=JobState.RUNNING).update(leased_until=Now() + LEASE):
                raise Overtaken
            _erase(change, change.created_by)
    erase_from_snapshots(change)


def _erase(change: BulkChange, user: User | None) -> int:
    """From everything but snapshots; answers how many of these are left to look at. Raises Conflict."""
    check_erasable(change.project)
    erased = forget_items(change)
    snapshots = snapshots_left(change) if erased else 0
    told = {"details": {"snapshots": snapshots, "snapshots_left": snapshots}} if snapshots else {}
    BulkChange.objects.filter(pk=change.pk).update(erased_at=Now(), **told)
    record(change.project_id, Verb.ERASED, user=user, change=change.pk, items=erased)
    return snapshots


@transaction.atomic
def _batch(change: BulkChange) -> bool:
    # First, and conditional: a worker that was overtaken, or whose job was cancelled, writes nothing.
    held = BulkChange.objects.filter(pk=change.pk, state=JobState.RUNNING)
    if not held.update(leased_until=Now() + LEASE, attempts=1):
        raise Overtaken
    wanted = Outcome.DONE if change.undoing else Outcome.PENDING
    # The last one first on the way back: what ties a row to one of an earlier batch was kept with that one.
    order = "-item" if change.undoing else "item"
    rows = list(change.changed_items.filter(outcome=wanted).order_by(order)[:BATCH])
    if not rows:
        return False
    action = ACTIONS[change.action]
    if change.undoing:
        refused = action.revert(change, {row.item: row.before or {} for row in rows})
        for row in rows:
            row.reason = refused.get(row.item, "")[:300]
            row.outcome, row.before = (Outcome.KEPT, row.before) if row.reason else (Outcome.UNDONE, None)
    else:
        results = action.apply(change, [row.item for row in rows])
        for row in rows:
            result = results[row.item]
            row.reason, row.before = result.reason[:300], result.before
            row.outcome = Outcome.SKIPPED if result.reason else Outcome.DONE
    ChangedItem.objects.bulk_update(rows, ["outcome", "reason", "before"])
    count = {outcome: sum(row.outcome == outcome for row in rows) for outcome in Outcome}
    held.update(
        done=F("done") + count[Outcome.DONE],
        skipped=F("skipped") + count[Outcome.SKIPPED],
        undone=F("undone") + count[Outcome.UNDONE],
    )
    return True


def _close(change: BulkChange, state: JobState, error: str) -> None:
    with transaction.atomic():
        if close_job(BulkChange.objects.all(), change.pk, state, error):
            change.refresh_from_db()
            counts: dict[str, Any] = {"done": change.done, "skipped": change.skipped, "undone": change.undone}
            # Of erasing, every snapshot has told by itself.
            if change.erased_at is None or error:
                record(
                    change.project_id, Verb.BULK_FINISHED, change=change.pk, action=change.action, error=error, **counts
                )
