"""What people say about an item, as far as one of them may read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from annotation.models import Annotation, Comment, Flag, Item, Membership

from .naming import called

# A page shows this many of an item's latest comments; the API pages through all of them.
SHOWN = 200


Row = TypeVar("Row", Comment, Flag)


@dataclass(frozen=True, slots=True)
class Said(Generic[Row]):
    """What somebody said, and `by` whom, as whoever reads it may know."""

    row: Row
    by: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """`hidden` says that others' words are kept back until this person has answered."""

    comments: list[Said[Comment]]
    flags: list[Said[Flag]]
    hidden: bool


def others_hidden(membership: Membership, item: Item) -> bool:
    """Blind-first: until their own answer an annotator learns nothing of what others think, in whatever words."""
    if membership.may_review or not (membership.project.blind_first or item.audit):
        return False
    # An answer that was taken back counts: what was read cannot be unread.
    return not Annotation.objects.filter(item=item, annotator__user=membership.user_id).exists()


def conversation_for(membership: Membership, item: Item) -> Conversation:
    """Comments in order and open flags, newest first; only this person's own where they must answer blind."""
    comments = Comment.objects.filter(item=item).select_related("author").order_by("-pk")
    flags = Flag.objects.open().filter(item=item).select_related("user")
    hidden = others_hidden(membership, item)
    if hidden:
        comments, flags = comments.filter(author=membership.user_id), flags.filter(user=membership.user_id)
    elif not membership.may_review:
        # Why somebody else flagged an item is for its reviewers.
        flags = flags.filter(user=membership.user_id)
    spoken, raised = list(comments[:SHOWN])[::-1], list(flags)
    names = called(membership, [*(each.author for each in spoken), *(each.user for each in raised)])
    return Conversation(
        [Said(each, names[each.author_id]) for each in spoken],
        [Said(each, names[each.user_id]) for each in raised],
        hidden,
    )
