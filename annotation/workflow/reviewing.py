"""A reviewer decides."""

from __future__ import annotations

from django.db import transaction

from annotation.models import Item, Resolution, User, Verb
from annotation.questions import InvalidAnswer, clean_answers

from .advancing import advance
from .errors import VersionConflict
from .following import in_todays_words
from .notifying import tell_overruled
from .recording import record

COMMENT_LENGTH = 5_000


@transaction.atomic
def resolve(*, item: Item, reviewer: User, answers: object, version: int, comment: str = "") -> Resolution:
    """Settle an item with the reviewer's answers.

    `version` is the item's version that the reviewer saw. Raises VersionConflict, with what changed, when somebody
    answered or decided since; InvalidAnswer where an answer does not fit.
    """
    cleaned = clean_answers(item.project.question_list, in_todays_words(item.project, answers), item.fields)
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if locked.version != version:
        raise VersionConflict("This item changed while you looked at it.", _what_changed(locked, since=version))
    resolution = Resolution.objects.create(
        project_id=item.project_id,
        item=locked,
        reviewer=reviewer,
        answers=cleaned,
        comment=comment.replace("\0", "").strip()[:COMMENT_LENGTH],
        version=version,
        schema_version=item.project.schema_version,
    )
    record(item.project_id, Verb.RESOLVED, user=reviewer, item=item, answers=cleaned, comment=resolution.comment)
    advance(item.project, [item.pk], decision=True, user=reviewer)
    if (
        item.project.schema_version != resolution.schema_version
        and not item.resolutions.filter(pk=resolution.pk).exists()
    ):
        [question, *_] = cleaned
        raise InvalidAnswer(question, "This question changed while you decided. Please look again.")
    tell_overruled(resolution)
    return resolution


def _what_changed(item: Item, *, since: int) -> dict[str, object]:
    """How things stand now; `resolved_by` only where somebody decided after version `since`."""
    latest = item.resolutions.select_related("reviewer").filter(version__gte=since).first()
    return {
        "version": item.version,
        "stage": item.stage,
        "answers": {row.question: row.value for row in item.consensus.all()},
        "resolved_by": latest.reviewer.get_username() if latest and latest.reviewer else None,
        "resolved_at": latest.created_at if latest else None,
        "comment": latest.comment if latest else "",
    }
