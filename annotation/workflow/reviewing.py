"""A reviewer decides, and takes a decision back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.aggregation.merging import merged
from annotation.models import Annotation, Flag, Item, Project, Resolution, ReviewedAnswer, User, Verb
from annotation.questions import (
    Answers,
    Distribution,
    InvalidAnswer,
    clean_answers,
    clean_distribution,
    type_of,
)

from .advancing import advance
from .errors import Conflict, Refused, VersionConflict
from .flagging import clear_flag
from .following import in_todays_words
from .fusing import fits_of
from .notifying import tell_overruled
from .recording import record
from .sampling import keep_record, note_decision
from .settling import settle
from .weighing import weighed_votes

COMMENT_LENGTH = 5_000


@transaction.atomic
def resolve(
    *,
    item: Item,
    reviewer: User,
    answers: object,
    version: int,
    comment: str = "",
    ambiguous: bool = False,
    distribution: Mapping[str, object] | None = None,
    merge: Mapping[str, str] | None = None,
    clear_flags: bool = False,
) -> Resolution:
    """Settle an item with the reviewer's answers.

    `version` is the item's version that the reviewer saw. `merge` ({question: strategy}) makes the answers to some
    questions out of the votes. `ambiguous`: nobody can tell, and the shares of the answers are the label: those in
    `distribution` ({question: {key: share}}), and where it says nothing those of the votes; what leads in them answers
    the questions that `answers` leaves out. `clear_flags`: what was flagged about the item is seen to.

    Raises VersionConflict, with what changed, when somebody answered or decided since; InvalidAnswer where an answer
    does not fit; Refused where there is no share to keep.
    """
    project = item.project
    locked = lock_seen(item, version)
    wanted: Any = in_todays_words(project, answers)
    if merge:
        wanted = {**_mapping(wanted), **_merged(project, locked, merge)}
    shares: dict[str, Distribution] = {}
    if ambiguous:
        wanted, shares = _soft(project, locked, _mapping(wanted), distribution or {})
    elif distribution:
        raise Refused(_("Shares belong to an item that is ambiguous."), "distribution")
    cleaned = clean_answers(project.question_list, wanted, item.fields)
    resolution = Resolution.objects.create(
        project_id=item.project_id,
        item=locked,
        reviewer=reviewer,
        answers=cleaned,
        ambiguous=ambiguous,
        distribution={name: shares[name] for name in cleaned if name in shares},
        merge={name: strategy for name, strategy in (merge or {}).items() if name in cleaned},
        comment=comment.replace("\0", "").strip()[:COMMENT_LENGTH],
        version=version,
        schema_version=project.schema_version,
    )
    told = {"ambiguous": resolution.distribution} if ambiguous else {}
    if resolution.merge:
        told["merge"] = resolution.merge
    record(
        item.project_id, Verb.RESOLVED, user=reviewer, item=item, answers=cleaned, comment=resolution.comment, **told
    )
    advance(project, [item.pk], decision=True, user=reviewer)
    if project.schema_version != resolution.schema_version and not item.resolutions.filter(pk=resolution.pk).exists():
        [question, *_others] = cleaned
        raise InvalidAnswer(question, _("This question changed while you decided. Please look again."))
    note_decision(resolution)
    if not ambiguous:
        tell_overruled(resolution)
    if clear_flags:
        for raised in Flag.objects.open().filter(item=item).select_related("item").order_by("pk"):
            clear_flag(raised, by=reviewer)
    return resolution


@transaction.atomic
def take_back(resolution: Resolution, *, by: User, version: int) -> Item:
    """Withdraw the newest decision on an item, which stands then where it stood before it: the item, moved.

    `version` is the item's version that the caller saw. Raises VersionConflict when somebody answered or decided since.
    """
    item = resolution.item
    item.project = resolution.project
    locked = lock_seen(item, version)
    newest = locked.resolutions.first()
    if newest is None or newest.pk != resolution.pk:
        raise Conflict(_("This decision was taken back already, or another one came after it."))
    people = list(ReviewedAnswer.objects.filter(resolution=newest).values_list("annotator", flat=True))
    answers = newest.answers
    newest.delete()
    record(item.project_id, Verb.UNRESOLVED, user=by, item=item, answers=answers)
    [moved] = advance(item.project, [item.pk], decision=True, user=by)
    keep_record(people)
    return moved


def lock_seen(item: Item, version: int) -> Item:
    """The item, locked to the end of the transaction, as a reviewer has seen it. Raises VersionConflict."""
    locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    if locked.version != version:
        raise VersionConflict(_("This item changed while you looked at it."), _what_changed(locked, since=version))
    return locked


def _merged(project: Project, item: Item, merge: Mapping[str, str]) -> Answers:
    """Of all votes, people's and models' alike."""
    given = list(Annotation.objects.votes().filter(item=item).order_by("pk").values_list("answers", flat=True))
    questions = {question.name: question for question in project.question_list}
    answers: Answers = {}
    for name, strategy in merge.items():
        if name not in questions or not isinstance(strategy, str):
            raise InvalidAnswer(str(name)[:80], _("Merging takes the name of a question and of a strategy."))
        said = [each[name] for each in given if name in each]
        answers[name] = merged(questions[name], said, strategy, item.fields)
    return answers


def _soft(
    project: Project, item: Item, answers: Answers, given: Mapping[str, object]
) -> tuple[Answers, dict[str, Distribution]]:
    """(answers, with what leads where none was given; shares) of an item that is ambiguous."""
    questions = {question.name: question for question in project.question_list}
    unknown = set(given) - set(questions)
    if unknown:
        raise InvalidAnswer(str(min(unknown))[:80], _("There is no such question."))
    votes = weighed_votes(project.question_list, Annotation.objects.votes().filter(item=item))
    outcomes = settle(project.question_list, votes[item.pk], item.fields, fits_of(project)).outcomes
    shares = {name: dict(outcome.distribution) for name, outcome in outcomes.items() if outcome.distribution}
    leading = {name: outcome.value for name, outcome in outcomes.items()}
    for name, raw in given.items():
        shares[name] = clean_distribution(questions[name], raw)
        leading[name] = type_of(questions[name]).aggregate(questions[name], [(shares[name], 1.0)], item.fields).answer
    if not shares:
        raise Refused(_("Nobody has voted on this item: say yourself how likely each answer is."), "distribution")
    return {**leading, **answers}, shares


def _mapping(answers: object) -> Answers:
    if not isinstance(answers, Mapping):
        raise Refused(_("Answers are an object of question → value."), "answers")
    return dict(answers)


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
