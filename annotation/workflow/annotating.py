"""Submit, revise and undo human annotations."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from annotation.models import Annotation, Assignment, AssignmentState, Event, Item, Verb
from annotation.questions import Answers, clean_answers, type_of

from .advancing import advance
from .errors import AssignmentClosed, Conflict, KeyReused
from .queueing import LEASE
from .recording import event


def submit(
    *,
    assignment: Assignment,
    answers: object,
    seconds: float | None = None,
    idempotency_key: str = "",
    suggestion_seen: bool = False,
) -> tuple[Annotation, bool]:
    """Record the annotator's answers and move the item on: the annotation, and whether it is new.

    Idempotent by key: the same key and answers again give the same annotation. Raises InvalidAnswer where an answer
    does not fit, AssignmentClosed when the lease was used or given away (the answers stay in the draft), and
    KeyReused when the key belongs to other work.
    """
    cleaned = clean_answers(assignment.project.question_list, answers, assignment.item.fields)
    try:
        return _record(assignment, cleaned, seconds, idempotency_key, suggestion_seen), True
    except (AssignmentClosed, IntegrityError) as error:
        # A repeat, or ten copies at once: one wins the lease, and the others find by its key what it wrote. Nobody
        # looks for the key first: it is new nearly always, and its constraint refuses it where it is not.
        earlier = _find_by_key(assignment, idempotency_key)
        if earlier is not None:
            return _replay(earlier, assignment, cleaned), False
        Assignment.objects.filter(pk=assignment.pk).update(draft=cleaned)
        if isinstance(error, AssignmentClosed):
            raise
        raise AssignmentClosed("You have answered this item already, or hold it anew.") from error


@transaction.atomic
def _record(
    assignment: Assignment, answers: Answers, seconds: float | None, key: str, suggestion_seen: bool
) -> Annotation:
    # Conditional: a second tab or a lease that went on must not answer twice.
    closed = (
        Assignment.objects.open()
        .filter(pk=assignment.pk)
        .update(state=AssignmentState.ANSWERED, closed_at=Now(), draft={})
    )
    if not closed and not _retake(assignment):
        raise AssignmentClosed("This item was answered already, or its lease went to somebody else.")
    shuffled = [each for each in assignment.project.question_list if each.name in answers and type_of(each).shuffled]
    annotation = Annotation.objects.create(
        project=assignment.project,
        item_id=assignment.item_id,
        annotator=assignment.annotator,
        assignment=assignment,
        answers=answers,
        seconds=seconds,
        suggestion_seen=suggestion_seen,
        shown={question.name: assignment.shown_order(question) for question in shuffled},
        schema_version=assignment.project.schema_version,
        idempotency_key=key,
    )
    advance(
        assignment.project,
        [assignment.item_id],
        decision=True,
        annotator=assignment.annotator,
        log=[_told(annotation, Verb.ANSWERED)],
    )
    return annotation


def _retake(assignment: Assignment) -> bool:
    """Answer on a lease that ran out, where its slot is still free."""
    late = Assignment.objects.filter(pk=assignment.pk, state=AssignmentState.EXPIRED)
    if not late.update(state=AssignmentState.ANSWERED, closed_at=Now(), draft={}):
        return False
    free = Item.objects.filter(pk=assignment.item_id, taken__lt=F("slots"))
    return bool(free.update(taken=F("taken") + 1))


def find_undoable(annotator_pk: int) -> Annotation | None:
    """The annotator's latest answer, if it can still be taken back."""
    latest = (
        Annotation.objects.current()
        .filter(annotator_id=annotator_pk, assignment__isnull=False)
        .select_related("assignment__project", "assignment__annotator", "item")
        .order_by("-pk")
        .first()
    )
    return latest if latest is not None and not latest.item.resolutions.exists() else None


@transaction.atomic
def undo(annotation: Annotation) -> Assignment:
    """Withdraw an answer and lease its item to the same person again, the answer as the draft.

    The slot was theirs and stays theirs, so nobody can step in between. Raises Conflict once a reviewer decided.
    """
    assignment = annotation.assignment
    item = Item.objects.select_for_update(no_key=True).get(pk=annotation.item_id)
    if item.resolutions.exists():
        raise Conflict("A reviewer has decided on this item since; ask them to reopen it.")
    # Conditional: two undo clicks must not withdraw twice.
    withdrawn = Annotation.objects.current().filter(pk=annotation.pk).update(superseded_at=timezone.now())
    if not withdrawn or assignment is None:
        raise Conflict("This answer was taken back already.")
    Assignment.objects.filter(pk=assignment.pk).update(
        state=AssignmentState.OPEN, closed_at=None, expires_at=Now() + LEASE, draft=annotation.answers
    )
    told = _told(annotation, Verb.WITHDRAWN)
    advance(assignment.project, [item.pk], decision=True, annotator=annotation.annotator, log=[told])
    return Assignment.objects.select_related("item", "annotator", "project").get(pk=assignment.pk)


def _told(annotation: Annotation, verb: Verb) -> Event:
    return event(
        annotation.project_id,
        verb,
        annotator=annotation.annotator,
        user=annotation.annotator.user_id,
        item=annotation.item_id,
        annotation=annotation.pk,
    )


def _find_by_key(assignment: Assignment, key: str) -> Annotation | None:
    if not key:
        return None
    return Annotation.objects.filter(annotator_id=assignment.annotator_id, idempotency_key=key).first()


def _replay(earlier: Annotation, assignment: Assignment, answers: Answers) -> Annotation:
    if earlier.assignment_id != assignment.pk or earlier.answers != answers:
        raise KeyReused("This Idempotency-Key was used for another answer.", "Idempotency-Key")
    if earlier.superseded_at is not None:
        raise KeyReused("The answer with this Idempotency-Key was taken back since.", "Idempotency-Key")
    return earlier
