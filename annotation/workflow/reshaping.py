"""Change what a project asks while people work: the questions at once, the stored answers by a job, with a way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.models import (
    Assignment,
    Candidate,
    Consensus,
    Item,
    JobState,
    KeptAnswer,
    KeptNoun,
    Project,
    SchemaChange,
    User,
    Verb,
)
from annotation.questions import (
    Changed,
    Moves,
    followed,
)

from .advancing import advance
from .errors import Conflict, JobActive
from .following import History, bring_back, follow, followed_gold
from .gating import checkable, label_of
from .gauging import changed_by, moves_back, summary_of, undoing
from .jobs import ATTEMPTS, LEASE, Overtaken, close_job, stalled_jobs, work_off
from .projects import keep_revision
from .publishing import publish
from .queueing import start_over
from .recording import record

BATCH = 500


@transaction.atomic
def change_questions(
    project: Project, change: Mapping[str, Any], *, user: User, version: int | None = None
) -> SchemaChange:
    """Ask the new questions from now on, and queue the job that brings the stored answers along.

    `version` is the schema version that the person looked at. Raises Refused where the change cannot be made, Conflict
    where somebody changed the questions since, JobActive while the change before is under way.
    """
    project = _held(project)
    if version is not None and version != project.schema_version:
        raise Conflict(
            _("Somebody changed the questions since you looked."), {"schema_version": project.schema_version}
        )
    _refuse_while_active(project)
    changed = changed_by(project, change)
    return _write(project, changed.questions, changed.moves, summary_of(project, change), user=user, asked=dict(change))


@transaction.atomic
def undo_change(change: SchemaChange, *, user: User) -> SchemaChange:
    """Take the newest change back, finished or not: a change of its own, which restores what the other one kept.

    Answers given since are brought back too, where that is possible; others have to be given anew. Raises Conflict.
    """
    project = _held(change.project)
    newest = SchemaChange.objects.filter(project=project).order_by("-version").first()
    if newest is None or newest.pk != change.pk:
        raise Conflict(_("Only the newest change of the questions can be undone."))
    if newest.undoes_id is not None:
        raise Conflict(_("This change is an undo itself; make the change again instead."))
    # Whoever is at it finds, batch by batch, that it is no longer running.
    SchemaChange.objects.filter(pk=newest.pk, state__in=JobState.active()).update(
        state=JobState.CANCELLED, finished_at=Now(), leased_until=None
    )
    return _write(project, newest.before, moves_back(newest), undoing(newest), user=user, undoes=newest)


@transaction.atomic
def retry_change(change: SchemaChange) -> None:
    """Go on with a change whose worker died too often. Raises JobActive where it is going on or over."""
    failed = SchemaChange.objects.filter(pk=change.pk, state=JobState.FAILED)
    if not failed.update(state=JobState.PENDING, error="", attempts=0, leased_until=None, finished_at=None):
        raise JobActive(_("This change is under way, or over already."))
    publish("reshape_answers", change.pk)


def reshape_answers(change_pk: int) -> None:
    """Bring along what is left of a change's answers; returns at once when somebody else is at it.

    A batch is one transaction with the checkpoint: killed at any moment, the job goes on after the last batch.
    """
    work_off(
        SchemaChange.objects.select_related("project", "undoes", "created_by"),
        change_pk,
        work=_follow,
        close=_close,
        given_up=f"The worker died {ATTEMPTS} times over this change; what has followed stays.",
    )


def find_stalled_changes() -> list[int]:
    """Changes that should be going on and that nobody holds."""
    return stalled_jobs(SchemaChange.objects.all())


def _held(project: Project) -> Project:
    """The project as it is now, locked: importers, changes of policy and other changes of questions wait."""
    return Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _refuse_while_active(project: Project) -> None:
    active = SchemaChange.objects.filter(project=project, state__in=[*JobState.active(), JobState.FAILED])
    if active.exists():
        raise JobActive(_("Answers still follow the change before this one. Wait until they have, or undo it."))


def _write(
    project: Project,
    questions: Sequence[dict[str, Any]],
    moves: Moves,
    summary: str,
    *,
    user: User,
    asked: dict[str, Any] | None = None,
    undoes: SchemaChange | None = None,
) -> SchemaChange:
    before = project.questions
    reshapes = Changed(list(questions), {}, summary).reshapes(before)
    project.questions = list(questions)
    project.schema_version += 1
    if reshapes:
        project.shape_version = project.schema_version
    project.save(update_fields=["questions", "schema_version", "shape_version"])
    keep_revision(project)
    items = Item.objects.filter(project=project)
    # What only looks different has nothing to follow; an undo has to look for what was kept.
    walks = bool(moves) or (undoes is not None and bool(undoes.moves))
    last = (items.aggregate(last=Max("pk"))["last"] or 0) if walks else 0
    change = SchemaChange.objects.create(
        project=project,
        version=project.schema_version,
        change=asked or {},
        summary=summary,
        before=before,
        after=project.questions,
        moves=moves,
        undoes=undoes,
        last_item=last,
        total=items.count() if walks else 0,
        created_by=user,
        state=JobState.PENDING if last else JobState.DONE,
        finished_at=None if last else Now(),
    )
    record(project, Verb.SCHEMA_CHANGED, user=user, change=change.pk, version=change.version, summary=summary)
    if last:
        publish("reshape_answers", change.pk)
    change.refresh_from_db()
    return change


def _follow(change: SchemaChange) -> None:
    while _follow_batch(change):
        pass


@transaction.atomic
def _follow_batch(change: SchemaChange) -> bool:
    """The next items' rows; whether there may be more."""
    rows = Item.objects.filter(project=change.project_id, pk__gt=change.checkpoint, pk__lte=change.last_item)
    items = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not items:
        return False
    # First, and conditional on the checkpoint: a worker that was overtaken writes nothing.
    held = SchemaChange.objects.filter(pk=change.pk, state=JobState.RUNNING, checkpoint=change.checkpoint).update(
        checkpoint=items[-1], done=F("done") + len(items), leased_until=Now() + LEASE, attempts=1
    )
    if not held:
        raise Overtaken
    locked = list(Item.objects.select_for_update(no_key=True).filter(pk__in=items).order_by("pk"))
    project = Project.objects.get(pk=change.project_id)
    followed_here = follow(project, items)
    touched = set(followed_here.items)
    if change.undoes is not None:
        touched |= bring_back(change.undoes, items, project)
    _follow_gold(change, locked)
    _follow_drafts(change, items)
    _follow_intended(change, items)
    asked = [question.name for question in project.question_list]
    # `advance` rewrites what is asked; what is asked no more would stay.
    Consensus.objects.filter(item__in=items).exclude(question__in=asked).delete()
    advance(project, sorted(touched), decision=True, user=change.created_by)
    if followed_here.returned:
        start_over(project)
    change.checkpoint = items[-1]
    return True


def _follow_gold(change: SchemaChange, items: Sequence[Item]) -> None:
    history = History(change.project, change.version - 1)
    kept: list[KeptAnswer] = []
    memory = _remembered(change, KeptNoun.GOLD, [item.pk for item in items])
    for item in items:
        before = item.gold
        if item.pk in memory:
            item.gold = memory[item.pk]["answers"]
        elif before and _was_reached(change, item.pk):
            item.gold = followed_gold(history, before, [change]) or None
        if item.gold != before:
            kept.append(_kept(change, KeptNoun.GOLD, item.pk, item.pk, before))
            Item.objects.filter(pk=item.pk).update(gold=item.gold)
    KeptAnswer.objects.bulk_create(kept, ignore_conflicts=True)


def _follow_drafts(change: SchemaChange, items: Sequence[int]) -> None:
    history = History(change.project, change.version - 1)
    # Newer drafts were written in the new words already.
    drafts = Assignment.objects.open().filter(item__in=items)
    if change.undoes_id is None:
        drafts = drafts.exclude(draft={})
    older = drafts.filter(Q(drafted_at__lt=change.created_at) | Q(drafted_at__isnull=True))
    kept: list[KeptAnswer] = []
    rows = list(older.values_list("pk", "item_id", "draft"))
    memory = _remembered(change, KeptNoun.DRAFT, [pk for pk, _, _ in rows])
    for pk, item, draft in rows:
        after = memory[pk]["answers"] if pk in memory else draft
        if pk not in memory and _was_reached(change, item):
            after = _followed_draft(history, change, draft)
        if after != draft:
            kept.append(_kept(change, KeptNoun.DRAFT, pk, item, draft))
            Assignment.objects.open().filter(pk=pk, draft=draft).update(draft=after)
    KeptAnswer.objects.bulk_create(kept, ignore_conflicts=True)


def _follow_intended(change: SchemaChange, items: Sequence[int]) -> None:
    """What generated items were made to be, and so the groups that they are in; nothing where it has no successor."""
    history = History(change.project, change.version - 1)
    questions = checkable(change.project)
    kept: list[KeptAnswer] = []
    changed: list[Candidate] = []
    rows = Candidate.objects.filter(item__in=items).order_by("pk")
    memory = _remembered(change, KeptNoun.CANDIDATE, [row.pk for row in rows])
    for row in rows:
        assert row.item_id is not None
        before = row.answers
        if row.pk in memory:
            row.answers = memory[row.pk]["answers"]
        elif _was_reached(change, row.item_id):
            row.answers = followed_gold(history, before, [change])
        if row.answers != before:
            kept.append(_kept(change, KeptNoun.CANDIDATE, row.pk, row.item_id, before))
            # Before its run is over it is in no group yet.
            row.label = label_of(row.answers, questions) if row.vetting else ""
            changed.append(row)
    Candidate.objects.bulk_update(changed, ["answers", "label"])
    KeptAnswer.objects.bulk_create(kept, ignore_conflicts=True)


def _was_reached(change: SchemaChange, item: int) -> bool:
    """Of an undo: whether the change it undoes had come to this item, or the item came after it."""
    undone = change.undoes
    return undone is None or item <= undone.checkpoint or item > undone.last_item


def _followed_draft(history: History, change: SchemaChange, draft: Mapping[str, Any]) -> dict[str, Any]:
    """Drafts are not checked: what cannot be read as an answer stays as it is."""
    before = history.before(change)
    after: dict[str, Any] = {}
    for name, value in draft.items():
        try:
            after |= followed(before, {name: value}, change.moves) or {}
        except (TypeError, KeyError, AttributeError):
            after[name] = value
    return after


def _remembered(change: SchemaChange, noun: KeptNoun, rows: Sequence[int]) -> dict[int, dict[str, Any]]:
    if change.undoes_id is None:
        return {}
    kept = KeptAnswer.objects.filter(change=change.undoes_id, noun=noun, row__in=rows)
    return dict(kept.values_list("row", "values"))


def _kept(change: SchemaChange, noun: KeptNoun, row: int, item: int, answers: object) -> KeptAnswer:
    return KeptAnswer(change=change, noun=noun, row=row, item_id=item, values={"answers": answers})


def _close(change: SchemaChange, state: JobState, error: str) -> None:
    with transaction.atomic():
        if close_job(SchemaChange.objects.all(), change.pk, state, error):
            count = KeptAnswer.objects.filter(change=change).count()
            record(
                change.project_id,
                Verb.SCHEMA_FOLLOWED,
                change=change.pk,
                version=change.version,
                rows=count,
                error=error,
            )
