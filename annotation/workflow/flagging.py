"""Flag an item that something is wrong with, and clear the flag."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.models import Flag, Item, NotificationKind, User, Verb

from .errors import Conflict, Refused
from .notifying import tell
from .recording import record

REASON_LENGTH = 500


def flag(item: Item, *, user: User, reason: str) -> Flag:
    """One open flag per person and item: a second one replaces the first one's reason. Raises Refused."""
    reason = reason.replace("\0", "").strip()
    if not reason:
        raise Refused(_("Say what is wrong with the item."), "reason")
    if len(reason) > REASON_LENGTH:
        raise Refused(
            _("A reason has at most %(reason_length)s characters.") % {"reason_length": REASON_LENGTH}, "reason"
        )
    try:
        with transaction.atomic():
            raised = Flag.objects.create(project_id=item.project_id, item=item, user=user, reason=reason)
            record(item.project_id, Verb.FLAGGED, user=user, item=item, reason=reason)
            return raised
    except IntegrityError:
        # Flagged by this person already, perhaps in another tab a moment ago.
        mine = Flag.objects.open().filter(item=item, user=user)
        mine.update(reason=reason)
        raised_before = mine.first()
        if raised_before is None:
            raise Conflict(_("Your flag was cleared this moment; flag the item again if it still needs one.")) from None
        return raised_before


@transaction.atomic
def clear_flag(raised: Flag, *, by: User) -> None:
    """A reviewer has looked at it, or the person who raised it takes it back. Raises Conflict."""
    # Conditional: two reviewers clear it once.
    if not Flag.objects.open().filter(pk=raised.pk).update(cleared_at=Now(), cleared_by=by):
        raise Conflict(_("This flag was cleared already."))
    record(raised.project_id, Verb.UNFLAGGED, user=by, item=raised.item_id, reason=raised.reason)
    tell([raised.user_id], NotificationKind.FLAG_CLEARED, item=raised.item, actor=by)
