"""Submit, revise and undo human annotations."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import Annotation, Assignment, AssignmentState, Event, Item, Verb
from annotation.questions import Answers, InvalidAnswer, clean_answers, type_of

from .advancing import advance
from .checking import reveals
from .errors import AssignmentClosed, Conflict, KeyReused
from .following import in_todays_words
from .qualifying import is_over, note_progress
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
    project = assignment.project
    cleaned = clean_answers(project.question_list, in_todays_words(project, answers), assignment.item.fields)
    try:
        return _record(assignment, cleaned, seconds, idempotency_key, suggestion_seen), True
    except InvalidAnswer:
        Assignment.objects.filter(pk=assignment.pk).update(draft=cleaned, drafted_at=Now())
        raise
    except (AssignmentClosed, IntegrityError) as error:
        # A repeat, or ten copies at once: one wins the lease, and the others find by its key what it wrote. Nobody
        # looks for the key first: it is new nearly always, and its constraint refuses it where it is not.
        earlier = _find_by_key(assignment, idempotency_key)
        if earlier is not None:
            return _replay(earlier, assignment, cleaned), False
        Assignment.objects.filter(pk=assignment.pk).update(draft=cleaned, drafted_at=Now())
        if isinstance(error, AssignmentClosed):
            raise
        raise AssignmentClosed(_("You have answered this item already, or hold it anew.")) from error


@transaction.atomic
def _record(
    assignment: Assignment, answers: Answers, seconds: float | None, key: str, suggestion_seen: bool
) -> Annotation:
    # Conditional: a second tab or a lease that went on must not answer twice.
    closed = (
        Assignment.objects.open()
        .filter(pk=assignment.pk)
        .update(state=AssignmentState.ANSWERED, closed_at=Now(), draft={}, drafted_at=None)
    )
    if not closed and not _retake(assignment):
        raise AssignmentClosed(_("This item was answered already, or its lease went to somebody else."))
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
        as_check=not assignment.takes_slot,
    )
    _count(annotation, assignment, Verb.ANSWERED)
    if assignment.project.schema_version != annotation.schema_version:
        _follow_or_refuse(annotation)
    return annotation


def _follow_or_refuse(annotation: Annotation) -> None:
    """The questions changed while this answer came in: it followed them, or is asked for anew."""
    annotation.refresh_from_db(fields=["answers", "shown", "schema_version", "superseded_at"])
    if annotation.superseded_at is not None:
        [question, *_others] = annotation.answers
        raise InvalidAnswer(question, _("This question changed while you answered it. Please choose again."))


def _count(annotation: Annotation, assignment: Assignment, verb: Verb) -> None:
    """An answer that came or went moves its item on; one to a check only measures who gave it."""
    told = _told(annotation, verb)
    if assignment.takes_slot:
        advance(assignment.project, [assignment.item_id], decision=True, annotator=assignment.annotator, log=[told])
        return
    told.save(force_insert=True)
    if assignment.qualification_id:
        note_progress(assignment)


def _retake(assignment: Assignment) -> bool:
    """Answer on a lease that ran out, where its slot is still free."""
    late = Assignment.objects.filter(pk=assignment.pk, state=AssignmentState.EXPIRED)
    if not late.update(state=AssignmentState.ANSWERED, closed_at=Now(), draft={}, drafted_at=None):
        return False
    if not assignment.takes_slot:
        return True
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
    return latest if latest is not None and (latest.as_check or not latest.item.resolutions.exists()) else None


@transaction.atomic
def undo(annotation: Annotation) -> Assignment:
    """Withdraw an answer and lease its item to the same person again, the answer as the draft.

    The slot was theirs and stays theirs, so nobody can step in between. Raises Conflict once a reviewer decided.
    """
    assignment = annotation.assignment
    item = Item.objects.select_for_update(no_key=True).get(pk=annotation.item_id)
    if not annotation.as_check and item.resolutions.exists():
        raise Conflict(_("A reviewer has decided on this item since; ask them to reopen it."))
    if assignment is not None and reveals(assignment.project, item):
        raise Conflict(_("You have been told the known answer to this item, so yours stands."))
    if assignment is not None and is_over(assignment):
        raise Conflict(_("The qualification round that this answer belongs to is over."))
    # Conditional: two undo clicks must not withdraw twice.
    withdrawn = Annotation.objects.current().filter(pk=annotation.pk).update(superseded_at=timezone.now())
    if not withdrawn or assignment is None:
        raise Conflict(_("This answer was taken back already."))
    Assignment.objects.filter(pk=assignment.pk).update(
        state=AssignmentState.OPEN, closed_at=None, expires_at=Now() + LEASE, draft=annotation.answers, drafted_at=Now()
    )
    _count(annotation, assignment, Verb.WITHDRAWN)
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
        raise KeyReused(_("This Idempotency-Key was used for another answer."), "Idempotency-Key")
    if earlier.superseded_at is not None:
        raise KeyReused(_("The answer with this Idempotency-Key was taken back since."), "Idempotency-Key")
    return earlier
