"""Give an answer back to whoever gave it, with a word on what to look at again."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import (
    Annotation,
    Assignment,
    AssignmentState,
    Item,
    Membership,
    NotificationKind,
    Purpose,
    ReturnedAnswer,
    User,
    Verb,
)
from annotation.questions.speech import number

from .advancing import advance
from .bulk_action import lock_items
from .errors import Conflict, Refused
from .following import took_place
from .notifying import tell
from .recording import record
from .reviewing import COMMENT_LENGTH, lock_seen
from .sampling import note_return

# So long it is kept for the person; then anybody is asked.
KEPT = timedelta(days=7)


@transaction.atomic
def return_answer(annotation: Annotation, *, reviewer: User, comment: str, version: int) -> ReturnedAnswer:
    """Withdraw a person's answer and ask them again, their answer as the draft, `comment` beside it.

    The place stays theirs for KEPT; where they have left the project it is free, and the item in the queue. Nothing
    settles the item before it was answered again. `version` is the item's version that the reviewer saw.

    Raises VersionConflict as `resolve` does, Conflict where the answer does not stand any more or the item is decided,
    Refused where it is no person's answer or nothing is said.
    """
    comment = comment.replace("\0", "").replace("\r\n", "\n").strip()
    if not comment:
        raise Refused(_("Say what to look at again."), "comment")
    if len(comment) > COMMENT_LENGTH:
        raise Refused(
            _("A comment has at most %(comment_length)s characters.") % {"comment_length": number(COMMENT_LENGTH)},
            "comment",
        )
    # Assignments before items, as whoever answers locks them.
    lock_items(annotation.project_id, [annotation.item_id], leases=True)
    item = lock_seen(annotation.item, version)
    person = annotation.annotator
    if not person.is_human or annotation.as_check:
        raise Refused(_("Only a person’s answer can be returned to them."), "annotation")
    if item.resolutions.exists():
        raise Conflict(_("This item is decided; take the decision back first."))
    # Conditional, as in `undo`: two reviewers return it once.
    withdrawn = Annotation.objects.current().filter(pk=annotation.pk).update(superseded_at=timezone.now())
    if not withdrawn:
        raise Conflict(_("This answer was taken back already."))
    there = Membership.objects.filter(project=annotation.project_id, user=person.user_id, user__is_active=True)
    lease = _lease_again(annotation, reviewer) if person.user_id and there.exists() else None
    if lease is None:
        if annotation.assignment is not None:
            Assignment.objects.filter(pk=annotation.assignment.pk).update(state=AssignmentState.EXPIRED)
        if took_place(annotation):
            Item.objects.filter(pk=item.pk).update(taken=Greatest(F("taken") - 1, 0))
    # As many as have answered, and this one again, whoever gives it.
    others = Annotation.objects.votes().human().filter(item=item).count()
    Item.objects.filter(pk=item.pk).update(wanted=others + 1, slots=Greatest(F("slots"), others + 1, F("taken")))
    returned = ReturnedAnswer.objects.create(
        project_id=annotation.project_id,
        item=item,
        annotator=person,
        annotation=annotation,
        assignment=lease,
        reviewer=reviewer,
        comment=comment,
    )
    record(
        annotation.project_id,
        Verb.RETURNED,
        user=reviewer,
        item=item,
        annotation=annotation.pk,
        comment=comment,
        kept=lease is not None,
    )
    advance(annotation.project, [item.pk], decision=True, user=reviewer)
    note_return(returned)
    if lease is not None:
        tell([person.user_id], NotificationKind.RETURNED, item=item, actor=reviewer, returned=returned)
    return returned


def _lease_again(annotation: Annotation, reviewer: User) -> Assignment:
    """The lease it was given on, open again; a new one where it was imported."""
    lease = annotation.assignment or Assignment(
        project_id=annotation.project_id,
        item_id=annotation.item_id,
        annotator_id=annotation.annotator_id,
        purpose=Purpose.WORK,
    )
    lease.state, lease.closed_at, lease.given_by = AssignmentState.OPEN, None, reviewer
    lease.draft = annotation.answers
    # By the database's clock, as every lease.
    lease.expires_at, lease.drafted_at = Now() + KEPT, Now()
    lease.save()
    return Assignment.objects.get(pk=lease.pk)
