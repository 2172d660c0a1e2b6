"""Tell people what happened to what they worked on, and remember what they have read."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Now

from annotation.models import Annotation, Comment, Item, Membership, Notification, NotificationKind, Resolution, User
from annotation.questions import type_of


def tell(
    people: Iterable[int | None],
    kind: NotificationKind,
    *,
    item: Item,
    actor: User | None,
    comment: Comment | None = None,
) -> None:
    """One notification for each of `people` (ids of users) who is still in the project, but not for who did it."""
    wanted = {pk for pk in people if pk is not None} - {getattr(actor, "pk", None)}
    if not wanted:
        return
    members = Membership.objects.filter(project=item.project_id, user__in=wanted).order_by("user")
    Notification.objects.bulk_create(
        Notification(user_id=pk, project_id=item.project_id, item=item, comment=comment, kind=kind, actor=actor)
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


def mark_read(user: User, *, item: Item | None = None, upto: int | None = None) -> int:
    """Notifications about `item`, or all of them up to the id that was on the screen; how many were unread."""
    unread = Notification.objects.unread().filter(user=user)
    if item is not None:
        unread = unread.filter(item=item)
    if upto is not None:
        # What arrived since the page was drawn has not been seen.
        unread = unread.filter(pk__lte=upto)
    return unread.update(read_at=Now())
