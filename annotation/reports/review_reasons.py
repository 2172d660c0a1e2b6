"""Why an item waits for a reviewer, in a few words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotation.models import Annotation, Assignment, AssignmentState, Item, Project, ReviewReason
from annotation.questions import Answers, Question, type_of

# Of these the votes say nothing.
TOLD = (ReviewReason.SAMPLED, ReviewReason.RETURNED)


def reasons_for(project: Project, items: Sequence[Item]) -> dict[int, str]:
    """Item id → reason: two queries, however many items."""
    given: dict[int, list[Answers]] = defaultdict(list)
    votes = Annotation.objects.votes().human().filter(item__in=items)
    for item, answers in votes.values_list("item_id", "answers"):
        given[item].append(answers)
    skips: dict[int, list[str]] = defaultdict(list)
    skipped = Assignment.objects.filter(item__in=items, state=AssignmentState.SKIPPED).order_by("pk")
    for item, reason in skipped.values_list("item_id", "reason"):
        skips[item].append(reason)
    questions = project.question_list
    return {
        item.pk: str(ReviewReason(item.review_reason).label)
        if item.review_reason in TOLD
        else _reason(questions, given[item.pk], skips[item.pk])
        for item in items
    }


def _reason(questions: Sequence[Question], people: Sequence[Answers], skips: Sequence[str]) -> str:
    if _differ(questions, people):
        return _("People disagree")
    if skips:
        why = ", ".join(dict.fromkeys(reason for reason in skips if reason))
        told = ngettext("Skipped by %(count)s person", "Skipped by %(count)s people", len(skips))
        told %= {"count": len(skips)}
        return f"{told}: {why}" if why else told
    return _("Low confidence")


def _differ(questions: Sequence[Question], people: Sequence[Answers]) -> bool:
    for question in questions:
        answers = [given[question.name] for given in people if question.name in given]
        if any(type_of(question).distance(question, answers[0], answer) > 0 for answer in answers[1:]):
            return True
    return False
