"""Decide many items at once, as a reviewer decides one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotation.models import BulkChange, Consensus, Event, Item, Project, Resolution, Verb
from annotation.questions import Answers, InvalidAnswer, Question, clean_answers, is_asked, type_of
from annotation.questions.speech import number

from .advancing import advance
from .bulk_action import GONE, Before, Result, lock_items
from .errors import Refused
from .recording import event
from .reviewing import COMMENT_LENGTH


def askable(project: Project) -> list[Question]:
    """Questions that can be answered without looking at an item: one of their options, or several, is an answer."""
    return [
        question
        for question in project.question_list
        if question.values and all(type_of(question).is_key(question, value) for value in question.values)
    ]


def clean_details(project: Project, details: Mapping[str, Any]) -> dict[str, Any]:
    """{"answers": {question: raw answer}, "comment"?: text}"""
    unknown = set(details) - {"answers", "comment"}
    answers, comment = details.get("answers"), details.get("comment") or ""
    if unknown or not isinstance(answers, Mapping):
        raise Refused(_("Labelling takes “answers”, and a “comment” where you like."), "answers")
    if not isinstance(comment, str) or "\0" in comment or len(comment) > COMMENT_LENGTH:
        raise Refused(
            _("A comment is text of at most %(comment_length)s characters.")
            % {"comment_length": number(COMMENT_LENGTH)},
            "comment",
        )
    questions = {question.name: question for question in askable(project)}
    cleaned: Answers = {}
    for name, raw in answers.items():
        if name not in questions:
            raise Refused(
                _("“%(name)s” cannot be answered for many items at once.") % {"name": str(name)[:80]},
                f"answers.{str(name)[:80]}",
            )
        try:
            cleaned[name] = type_of(questions[name]).clean(questions[name], raw, {})
        except InvalidAnswer as error:
            raise Refused(str(error), f"answers.{name}") from error
    if not cleaned:
        raise Refused(_("Choose an answer to at least one question."), "answers")
    return {"answers": cleaned, "comment": comment.strip()}


def apply(change: BulkChange, items: Sequence[int]) -> dict[int, Result]:
    locked = lock_items(change.project_id, items)
    return dict.fromkeys(items, GONE) | decide(change, locked, dict.fromkeys(locked, change.details["answers"]))


def revert(change: BulkChange, before: Mapping[int, Before]) -> dict[int, str]:
    locked = lock_items(change.project_id, list(before))
    newest: dict[int, int] = {}
    for item, pk in Resolution.objects.filter(item__in=locked).order_by("pk").values_list("item", "pk"):
        newest[item] = pk
    mine = [item for item in locked if newest.get(item) == before[item]["resolution"]]
    Resolution.objects.filter(pk__in=[before[item]["resolution"] for item in mine]).delete()
    log = [_told(change, Verb.WITHDRAWN, item) for item in mine]
    advance(change.project, mine, decision=True, user=change.created_by, log=log)
    return {item: _why(item in locked, newest.get(item)) for item in before if item not in mine}


def decide(change: BulkChange, items: Mapping[int, Item], given: Mapping[int, Answers]) -> dict[int, Result]:
    """Settle those of the locked `items` that have answers in `given`, in the name of whoever asked for the change.

    To the questions that were not answered, what leads on an item is decided with the rest.
    """
    project = change.project
    leading: dict[int, Answers] = defaultdict(dict)
    for voted, question, value in Consensus.objects.filter(item__in=given).values_list("item", "question", "value"):
        leading[voted][question] = value
    results: dict[int, Result] = {}
    decisions: list[Resolution] = []
    for pk, answers in given.items():
        try:
            cleaned = clean_answers(project.question_list, completed(project, answers, leading[pk]), items[pk].fields)
        except InvalidAnswer as error:
            results[pk] = Result(reason=str(error))
            continue
        decisions.append(
            Resolution(
                project=project,
                item=items[pk],
                reviewer=change.created_by,
                answers=cleaned,
                comment=change.details["comment"],
                version=items[pk].version,
                schema_version=project.schema_version,
            )
        )
    for decision in Resolution.objects.bulk_create(decisions):
        results[decision.item_id] = Result({"resolution": decision.pk})
    log = [_told(change, Verb.RESOLVED, each.item_id, answers=each.answers, comment=each.comment) for each in decisions]
    advance(project, [each.item_id for each in decisions], decision=True, user=change.created_by, log=log)
    return results


def completed(project: Project, given: Answers, leading: Answers) -> Answers:
    """What leads, with the given answers in its place; without answers to questions that are not asked any more."""
    by_name = {question.name: question for question in project.question_list}
    merged = {**{name: value for name, value in leading.items() if name in by_name}, **given}
    for question in project.question_list:
        if question.name in merged and question.name not in given and not is_asked(question, merged, by_name):
            del merged[question.name]
    return merged


def _why(there: bool, newer: int | None) -> str:
    if not there:
        return gettext_noop("It is gone.")
    return (
        gettext_noop("Somebody has decided on it since.")
        if newer
        else gettext_noop("Its decision was set aside since.")
    )


def _told(change: BulkChange, verb: Verb, item: int, **data: Any) -> Event:
    return event(change.project_id, verb, user=change.created_by, item=item, change=change.pk, **data)
