"""Tell people what happened to what they worked on, and remember what they have read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.models import (
    FOR_LEADS,
    SWITCHED,
    Annotation,
    Comment,
    Digest,
    Item,
    Membership,
    Notification,
    NotificationKind,
    Resolution,
    ReturnedAnswer,
    User,
)
from annotation.questions import type_of

from .errors import Refused


def tell(
    people: Iterable[int | None],
    kind: NotificationKind,
    *,
    item: Item,
    actor: User | None,
    comment: Comment | None = None,
    returned: ReturnedAnswer | None = None,
) -> None:
    """One notification for each of `people` (ids of users) who is still in the project and wants to hear of this kind,
    but not for who did it."""
    wanted = {pk for pk in people if pk is not None} - {getattr(actor, "pk", None)}
    if not wanted:
        return
    members = Membership.objects.filter(project=item.project_id, user__in=wanted).order_by("user")
    members = members.exclude(muted__contains=[kind.value])
    Notification.objects.bulk_create(
        Notification(
            user_id=pk,
            project_id=item.project_id,
            item=item,
            comment=comment,
            returned=returned,
            kind=kind,
            actor=actor,
        )
        for pk in members.values_list("user", flat=True)
    )


def tell_overruled(resolution: Resolution) -> None:
    """Tell those who had answered otherwise than the reviewer has decided."""
    item = resolution.item
    questions = {question.name: question for question in resolution.project.question_list}
    answered = Annotation.objects.current().human().filter(item=item, annotator__user__isnull=False)
    overruled = [
        user
        for user, answers in answered.values_list("annotator__user", "answers")
        if any(
            name in answers and type_of(questions[name]).distance(questions[name], answers[name], decided) > 0
            for name, decided in resolution.answers.items()
            if name in questions
        )
    ]
    tell(overruled, NotificationKind.DECIDED, item=item, actor=resolution.reviewer)


def kinds_for(membership: Membership) -> list[NotificationKind]:
    """What this member can be told of, and can switch off. Who started a run hears that it failed: a manager."""
    return [kind for kind in SWITCHED if membership.may_manage or kind not in FOR_LEADS]


def set_notices(
    membership: Membership, *, told: Mapping[str, bool] | None = None, digest: str | None = None
) -> Membership:
    """What this member hears of the project; kinds that are left out stay. Raises Refused, naming the field."""
    known = {kind.value for kind in kinds_for(membership)}
    if strange := set(told or {}) - known:
        raise Refused(_("There is no notification “%(kind)s” for you.") % {"kind": min(strange)[:80]}, "told")
    if digest is not None and digest not in Digest.values:
        raise Refused(_("A digest comes %(names)s.") % {"names": ", ".join(Digest.values)}, "digest")
    with transaction.atomic():
        # Another page of the same person may be changing other kinds.
        locked = Membership.objects.select_for_update(no_key=True).get(pk=membership.pk)
        muted = (set(locked.muted) - {kind for kind, wanted in (told or {}).items() if wanted}) | {
            kind for kind, wanted in (told or {}).items() if not wanted
        }
        locked.muted = sorted(muted)
        if digest is not None and digest != locked.digest:
            # A day that was over before anybody asked for it is not summed up.
            locked.digest, locked.digested_at = digest, timezone.now()
        locked.save(update_fields=["muted", "digest", "digested_at"])
    membership.muted, membership.digest = locked.muted, locked.digest
    return membership


def mark_read(user: User, *, item: Item | None = None, upto: int | None = None) -> int:
    """Notifications about `item`, or all of them up to the id that was on the screen; how many were unread."""
    unread = Notification.objects.unread().filter(user=user)
    if item is not None:
        unread = unread.filter(item=item)
    if upto is not None:
        # What arrived since the page was drawn has not been seen.
        unread = unread.filter(pk__lte=upto)
    return unread.update(read_at=Now())
