"""Decide many look-alikes as one of them was decided, each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from annotation.models import Item, Project, User
from annotation.questions import Answers, InvalidAnswer
from annotation.questions.speech import number

from .bulk_labeling import askable, completed
from .errors import Refused, VersionConflict
from .reviewing import resolve

MOST = 100


class Fate(StrEnum):
    """What became of one of them."""

    DECIDED = "decided"
    CHANGED = "changed"
    """Somebody answered or decided since it was listed; nothing was done."""
    REFUSED = "refused"
    """The answers do not fit it."""
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Outcome:
    item: int
    fate: Fate
    reason: str = ""


def resolve_alike(
    project: Project, items: Sequence[tuple[int, int]], *, reviewer: User, answers: Answers, comment: str = ""
) -> list[Outcome]:
    """Decide each of `items` (id, version that the reviewer saw) in a transaction of its own; what became of each.

    `answers` hold for questions that can be answered without looking at an item; on the others, and where they leave
    one out, what leads on the item itself is decided. Raises Refused for more than MOST.
    """
    if len(items) > MOST:
        raise Refused(_("At most %(most)s items can be decided at once.") % {"most": number(MOST)}, "items")
    names = {question.name for question in askable(project)}
    given = {name: value for name, value in answers.items() if name in names}
    return [_one(project, pk, version, reviewer, given, comment) for pk, version in dict(items).items()]


def _one(project: Project, pk: int, version: int, reviewer: User, given: Answers, comment: str) -> Outcome:
    item = Item.objects.filter(project=project, pk=pk).defer("embedding").first()
    if item is None:
        return Outcome(pk, Fate.GONE, _("It is gone."))
    item.project = project
    leading: dict[str, Any] = {row.question: row.value for row in item.consensus.all()}
    wanted = completed(project, given, leading)
    try:
        resolve(item=item, reviewer=reviewer, answers=wanted, version=version, comment=comment)
    except VersionConflict as conflict:
        return Outcome(pk, Fate.CHANGED, str(conflict))
    except InvalidAnswer as error:
        return Outcome(pk, Fate.REFUSED, str(error))
    return Outcome(pk, Fate.DECIDED)
