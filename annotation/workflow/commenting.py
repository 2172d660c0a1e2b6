"""Comment on an item, and mention people who may read it."""

from __future__ import annotations

import re

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotation.models import COMMENT_LENGTH, Assignment, Comment, Item, NotificationKind, Role, User
from annotation.questions.speech import number

from .errors import Conflict, Refused
from .notifying import tell

# What Django allows in a user name; a full stop at the end belongs to the sentence.
MENTION = re.compile(r"(?<![\w@.+-])@([\w@.+-]+)")


def mentionable(item: Item) -> QuerySet[User]:
    """Who may read the comments on an item: reviewers, managers, and whoever holds or held it."""
    held = Assignment.objects.filter(item=item, annotator__user=OuterRef("pk"))
    inside = User.objects.filter(memberships__project=item.project_id, is_active=True)
    reviewers = Q(memberships__project=item.project_id, memberships__role__in=(Role.REVIEWER, Role.MANAGER))
    return inside.filter(reviewers | Exists(held)).order_by("username").distinct()


@transaction.atomic
def comment(item: Item, *, author: User, text: str) -> Comment:
    """Say something about an item; those mentioned, and those who spoke before, are told. Raises Refused."""
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused(_("Write something first."), "text")
    if len(text) > COMMENT_LENGTH:
        raise Refused(
            _("A comment has at most %(comment_length)s characters.") % {"comment_length": number(COMMENT_LENGTH)},
            "text",
        )
    earlier = set(Comment.objects.filter(item=item, removed_at__isnull=True).values_list("author", flat=True))
    said = Comment.objects.create(project_id=item.project_id, item=item, author=author, text=text)
    names = {name.rstrip(".") for name in MENTION.findall(text)} | set(MENTION.findall(text))
    mentioned = set(mentionable(item).filter(username__in=names).values_list("pk", flat=True)) if names else set()
    said.mentioned.set(mentioned)
    tell(mentioned, NotificationKind.MENTIONED, item=item, actor=author, comment=said)
    tell(earlier - mentioned, NotificationKind.COMMENTED, item=item, actor=author, comment=said)
    return said


@transaction.atomic
def remove_comment(said: Comment) -> None:
    """Take a comment back: its text is gone for good, its place in the conversation stays. Raises Conflict."""
    if not Comment.objects.filter(pk=said.pk, removed_at__isnull=True).update(text="", removed_at=Now()):
        raise Conflict(_("This comment was removed already."))
    said.notifications.all().delete()
