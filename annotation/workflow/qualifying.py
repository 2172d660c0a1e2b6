"""A newcomer's first round: so many checks, and so many of them right, before anything that counts."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.aggregation.grading import all_right
from annotation.models import (
    Annotation,
    Annotator,
    Assignment,
    AssignmentState,
    Membership,
    Project,
    Qualification,
    QualificationState,
    Role,
    User,
    Verb,
)

from .checking import give_check, unmet_checks
from .errors import Conflict, Refused
from .recording import record


def find_newest(annotator: Annotator) -> Qualification | None:
    """The attempt that counts."""
    return Qualification.objects.filter(annotator=annotator).order_by("-pk").first()


def asked_to_qualify(membership: Membership) -> bool:
    """Reviewers and managers decide what is right, so nobody examines them."""
    return bool(membership.project.qualification_items) and membership.role == Role.ANNOTATOR


def is_qualified(membership: Membership, newest: Qualification | None) -> bool:
    if not asked_to_qualify(membership):
        return True
    return newest is not None and QualificationState(newest.state).admits


@transaction.atomic
def give_qualification_item(annotator: Annotator, project: Project, *, lease: timedelta) -> int | None:
    """Lease the next item of the round; None when all are given, or too few are there to begin."""
    attempt = find_newest(annotator) or _begin(annotator, project)
    if attempt is None or attempt.state != QualificationState.RUNNING:
        return None
    # Locked: two tabs must not be given one item more than are asked.
    Qualification.objects.select_for_update().get(pk=attempt.pk)
    if attempt.assignments.exclude(state=AssignmentState.EXPIRED).count() >= attempt.items:
        return None
    return give_check(annotator, lease=lease, qualification=attempt)


@transaction.atomic
def note_progress(assignment: Assignment) -> Qualification:
    """Count what is answered of a round, and end it after its last item. A skipped item is one not answered right."""
    attempt = Qualification.objects.select_for_update().get(assignments=assignment)
    questions = assignment.project.question_list
    answers = Annotation.objects.current().filter(assignment__qualification=attempt)
    graded = [all_right(questions, given, gold or {}) for given, gold in answers.values_list("answers", "item__gold")]
    attempt.answered = len(graded) + attempt.assignments.filter(state=AssignmentState.SKIPPED).count()
    attempt.right = sum(graded)
    if attempt.state == QualificationState.RUNNING and attempt.answered >= attempt.items:
        passed = attempt.right >= attempt.mark * attempt.items
        attempt.state = QualificationState.PASSED if passed else QualificationState.FAILED
        attempt.finished_at = timezone.now()
        _tell(assignment.annotator, attempt, user=assignment.annotator.user_id)
    attempt.save(update_fields=["answered", "right", "state", "finished_at"])
    return attempt


def is_over(assignment: Assignment) -> bool:
    """Whether this lease belongs to a round that has its result, which no answer changes any more."""
    if assignment.qualification_id is None:
        return False
    round_of = Qualification.objects.filter(assignments=assignment)
    return round_of.exclude(state=QualificationState.RUNNING).exists()


@transaction.atomic
def retry(membership: Membership, *, by: User) -> Qualification:
    """Another round, with items this person has not met. Raises Refused where there are too few of those."""
    annotator = _annotator_of(membership)
    newest = find_newest(annotator)
    if newest is not None and newest.state == QualificationState.RUNNING:
        raise Conflict(_("They are still answering their round."))
    if not membership.project.qualification_items:
        raise Refused(_("This project asks nobody to qualify."))
    attempt = _begin(annotator, membership.project)
    if attempt is None:
        left = unmet_checks(annotator).count()
        needed = membership.project.qualification_items
        raise Refused(
            ngettext(
                "A new round needs %(needed)s check items that %(name)s has not met, and there is %(left)s. "
                "Upload more items with a known answer, or waive the round.",
                "A new round needs %(needed)s check items that %(name)s has not met, and there are %(left)s. "
                "Upload more items with a known answer, or waive the round.",
                left,
            )
            % {"needed": needed, "name": annotator.name, "left": left}
        )
    _tell(annotator, attempt, user=by.pk)
    return attempt


@transaction.atomic
def waive(membership: Membership, *, by: User) -> Qualification:
    """Let this person work without a passed round; what they hold of one is taken back."""
    annotator = _annotator_of(membership)
    attempt = find_newest(annotator)
    if attempt is not None and QualificationState(attempt.state).admits:
        raise Conflict(_("They are qualified already."))
    if attempt is None or attempt.state == QualificationState.FAILED:
        attempt = Qualification(
            annotator=annotator,
            items=membership.project.qualification_items,
            mark=membership.project.qualification_mark,
        )
    attempt.state, attempt.finished_at, attempt.decided_by = QualificationState.WAIVED, timezone.now(), by
    attempt.save()
    Assignment.objects.open().filter(qualification=attempt).update(expires_at=Now())
    _tell(annotator, attempt, user=by.pk)
    return attempt


def _begin(annotator: Annotator, project: Project) -> Qualification | None:
    """A round; None where there are fewer unmet checks than it asks."""
    needed = project.qualification_items
    if len(unmet_checks(annotator).order_by("pk").values_list("pk", flat=True)[:needed]) < needed:
        return None
    try:
        with transaction.atomic():
            return Qualification.objects.create(annotator=annotator, items=needed, mark=project.qualification_mark)
    except IntegrityError:
        # Another tab has begun it a moment ago.
        return find_newest(annotator)


def _annotator_of(membership: Membership) -> Annotator:
    annotator = Annotator.objects.filter(project=membership.project_id, user=membership.user_id).first()
    if annotator is None:
        raise Refused(_("This member does not annotate here."))
    return annotator


def _tell(annotator: Annotator, attempt: Qualification, *, user: int | None) -> None:
    record(
        annotator.project_id,
        Verb.QUALIFIED,
        user=user,
        annotator=annotator,
        member=annotator.name,
        state=attempt.state,
        right=attempt.right,
        items=attempt.items,
    )
