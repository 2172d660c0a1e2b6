"""Erase items for good: from what tables remember of them, and from every snapshot that holds them."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.models import (
    BulkChange,
    Candidate,
    ChangedItem,
    Event,
    Experiment,
    ExperimentStep,
    ImportLoss,
    JobState,
    Measurement,
    Outcome,
    Project,
    Snapshot,
    SynthesisRun,
)

from .errors import Conflict
from .heartbeat import heartbeat
from .jobs import Overtaken
from .refreezing import Record, Unseen, refreeze
from .retaining import delete_snapshot
from .stepping import Stopped

ERASED = gettext_noop("It was erased.")
# Of a deletion that was taken back, what had come in again meanwhile was kept away: it goes too.
GONE = (Outcome.DONE, Outcome.KEPT)
ITEMS = f"""
SELECT item FROM annotation_changeditem
WHERE change_id = %(change)s AND outcome IN ({", ".join(f"'{outcome.value}'" for outcome in GONE)})
"""
# What was asked about an erased item, and what an erased item was made of.
ASKED = f"""
WITH erased AS ({ITEMS})
SELECT asking.call_id FROM annotation_asking asking JOIN annotation_synthesisrun run ON run.id = asking.run_id
WHERE run.project_id = %(project)s AND asking.call_id IS NOT NULL AND (
    EXISTS (
        SELECT FROM jsonb_array_elements_text(asking.parents) parent WHERE parent::bigint IN (SELECT item FROM erased)
    ) OR EXISTS (
        SELECT FROM annotation_candidate candidate
        WHERE candidate.run_id = asking.run_id AND asking.place = ANY (candidate.requests)
        AND (candidate.item_id IN (SELECT item FROM erased) OR candidate.duplicate_of IN (SELECT item FROM erased))
    )
)
"""
# The texts that became them or are the same, and those of theirs that became nothing. What became an item of its own
# stays.
MADE = f"""
WITH erased AS ({ITEMS})
SELECT candidate.id FROM annotation_candidate candidate JOIN annotation_synthesisrun run ON run.id = candidate.run_id
WHERE run.project_id = %(project)s AND (
    candidate.item_id IN (SELECT item FROM erased) OR candidate.duplicate_of IN (SELECT item FROM erased)
    OR candidate.item_id IS NULL AND EXISTS (
        SELECT FROM unnest(candidate.parents) parent WHERE parent IN (SELECT item FROM erased)
    )
)
"""
# A model's examples are kept with their answers, which may quote the item.
EXAMPLES = f"""
WITH erased AS ({ITEMS})
UPDATE annotation_run SET brief = jsonb_set(brief, '{{examples}}', (
    SELECT coalesce(jsonb_agg(example ORDER BY place), '[]')
    FROM jsonb_array_elements(brief -> 'examples') WITH ORDINALITY AS told (example, place)
    WHERE (example ->> 0)::bigint NOT IN (SELECT item FROM erased)
))
WHERE project_id = %(project)s AND EXISTS (
    SELECT FROM jsonb_array_elements(brief -> 'examples') example
    WHERE (example ->> 0)::bigint IN (SELECT item FROM erased)
)
"""


def check_erasable(project: Project) -> None:
    """Raises Conflict: what is being written may hold what was deleted since it began."""
    if Snapshot.objects.filter(project=project, state__in=JobState.active()).exists():
        raise Conflict(_("A snapshot is being written, and may hold what is to be erased. Wait for it, or cancel it."))


def forget_items(change: BulkChange) -> int:
    """Take what `change` deleted out of the tables that still tell of it; answers how many items that are.

    Call in the transaction that says so. Examples in reports of imports go for the whole project: they do not say of
    which item they are.
    """
    gone = erased_by(change)
    project, items = change.project_id, gone.values("item")
    with connection.cursor() as cursor:
        # The one exception to an append-only log (migration 0007): what people said of an erased item goes with it.
        cursor.execute("SET LOCAL synthweb.erase = 'on'")
        Event.objects.filter(project=project, item__in=items).delete()
        cursor.execute("SET LOCAL synthweb.erase = 'off'")
        cursor.execute(EXAMPLES, {"change": change.pk, "project": project})
        _forget_synthesis(cursor, change)
    elsewhere = ChangedItem.objects.filter(change__project=project, item__in=items).exclude(change=change)
    elsewhere.filter(outcome=Outcome.DONE).update(outcome=Outcome.KEPT, reason=ERASED)
    elsewhere.update(before=None)
    ImportLoss.objects.filter(job__project=project).update(examples=[])
    Measurement.objects.filter(project=project).delete()
    # Texts that were learned from, or written after them, kept for going on where an experiment was stopped.
    ExperimentStep.objects.filter(experiment__project=project).delete()
    Experiment.objects.filter(project=project).exclude(state=JobState.DONE).update(done=0)
    return gone.update(before=None)


def erased_by(change: BulkChange) -> QuerySet[ChangedItem]:
    """What `change`, a deletion, keeps until it is erased."""
    return change.changed_items.filter(outcome__in=GONE)


def snapshots_left(change: BulkChange) -> int:
    """How many snapshots may hold what `change` deleted."""
    return _snapshots(change.project_id).count()


def erase_from_snapshots(change: BulkChange) -> None:
    """Take what `change` deleted out of every snapshot, and say in the snapshot that it did. Raises Overtaken.

    Goes on where an earlier attempt stopped: a snapshot without any of the items stays as it is.
    """
    gone = set(erased_by(change).values_list("item", flat=True))
    changes = BulkChange.objects.filter(pk=change.pk)
    steps = Unseen(BulkChange.objects.all(), change.pk)

    def left(record: Record) -> Record | None:
        return None if record["id"] in gone else record

    try:
        with heartbeat(steps.beat):
            found = finished_snapshots(change.project)
            for done, snapshot in enumerate(found, start=1):
                refreeze(snapshot, left, steps, what="items")
                changes.update(details={"snapshots": len(found), "snapshots_left": len(found) - done})
            if not found:
                changes.update(details={})
    except Stopped as error:
        raise Overtaken from error


def finished_snapshots(project: Project) -> list[Snapshot]:
    """Those that something can be taken out of. One from before records were kept goes: who knows what it holds?"""
    found = list(_snapshots(project.pk).select_related("project").order_by("number"))
    for snapshot in found:
        if not snapshot.records:
            delete_snapshot(snapshot)
    return [snapshot for snapshot in found if snapshot.records]


def _snapshots(project: int) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(project=project, state=JobState.DONE)


def _forget_synthesis(cursor: Any, change: BulkChange) -> None:
    told = {"change": change.pk, "project": change.project_id}
    cursor.execute(ASKED, told)
    calls = list({call for (call,) in cursor.fetchall()})
    cursor.execute(
        "UPDATE annotation_asking SET call_id = NULL, error = %s WHERE call_id = ANY (%s)", ["It was erased.", calls]
    )
    cursor.execute("DELETE FROM annotation_modelcall WHERE id = ANY (%s)", [calls])
    cursor.execute(MADE, told)
    made = [candidate for (candidate,) in cursor.fetchall()]
    Candidate.objects.filter(pk__in=made).update(
        fields=None, answers={}, metadata={}, rationale="", verdicts=[], raw="", label="", reason=ERASED
    )
    gone = set(erased_by(change).values_list("item", flat=True))
    for run in SynthesisRun.objects.filter(project=change.project_id):
        seeds = run.drawn.get("seeds", [])
        if any(seed["id"] in gone for seed in seeds):
            run.drawn["seeds"] = [_blank(seed) if seed["id"] in gone else seed for seed in seeds]
            run.save(update_fields=["drawn"])


def _blank(seed: dict[str, Any]) -> dict[str, Any]:
    """Its place stays, so that a run that is at work finds the others in theirs."""
    return {**seed, "fields": dict.fromkeys(seed["fields"], ""), "answers": {}}
