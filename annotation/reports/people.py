"""What people do in a project: the members side by side, and one person's work in full."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.db.models import Count, Max
from django.utils import timezone

from annotation.aggregation.agreement import Agreement, alpha
from annotation.aggregation.grading import all_right
from annotation.models import (
    Annotation,
    Annotator,
    Assignment,
    AssignmentState,
    Consensus,
    Flag,
    Membership,
    Project,
    Qualification,
    Stage,
)
from annotation.questions import Answer, type_of

from .gold import Checked, checked_by

DAYS = 30
RECENT = 12
# The newest answers tell how somebody works; all of them would make a page wait for a long career.
NEWEST = 5_000

# Days without an answer are not in it. Of very many answers, the newest of the last DAYS days.
PER_DAY = """
SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT created_at, seconds, superseded_at FROM annotation_annotation
    WHERE annotator_id = %(annotator)s ORDER BY id DESC LIMIT %(newest)s
) newest
WHERE superseded_at IS NULL AND created_at >= %(since)s
GROUP BY day ORDER BY day
"""
MEDIAN = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM (
    SELECT seconds, superseded_at FROM annotation_annotation
    WHERE annotator_id = %(annotator)s ORDER BY id DESC LIMIT %(newest)s
) newest
WHERE superseded_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member in the list. `annotator` is None where an import took it away."""

    membership: Membership
    annotator: Annotator | None
    answers: int
    answered_at: datetime | None
    checked: Checked
    round: Qualification | None


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    answers: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """On one question: how near this person is to what items settled on, and how they agree with other people."""

    title: str
    settled: int
    with_settled: float | None
    others: Agreement


@dataclass(frozen=True, slots=True)
class Work:
    """What one person has done. `days` has every one of the last DAYS days; `seconds` is the median."""

    answers: int
    seconds: float | None
    days: list[Day]
    skipped: int
    flagged: int
    revised: int
    checked: Checked
    agreed: list[Agreed]
    recent: list[Annotation]


def member_rows(project: Project, memberships: Sequence[Membership]) -> list[MemberRow]:
    """Four queries, however many members the page has."""
    users = [membership.user_id for membership in memberships]
    annotators = {each.user_id: each for each in Annotator.objects.filter(project=project, user__in=users)}
    ids = [annotator.pk for annotator in annotators.values()]
    counted = Annotation.objects.current().filter(annotator__in=ids).order_by().values_list("annotator")
    counts = {row[0]: row[1:] for row in counted.annotate(answers=Count("pk"), last=Max("created_at"))}
    checked = checked_by(project, Annotation.objects.filter(annotator__in=ids))
    rounds = {
        each.annotator_id: each
        for each in Qualification.objects.filter(annotator__in=ids)
        .order_by("annotator_id", "-pk")
        .distinct("annotator_id")
    }
    rows = []
    for membership in memberships:
        annotator = annotators.get(membership.user_id)
        pk = annotator.pk if annotator else 0
        answers, last = counts.get(pk, (0, None))
        rows.append(MemberRow(membership, annotator, answers, last, checked[pk], rounds.get(pk)))
    return rows


def work_of(project: Project, annotator: Annotator) -> Work:
    """A dozen look-ups by this person's key: the cost is that of their newest answers, not of the project."""
    mine = Annotation.objects.filter(annotator=annotator)
    leases = Assignment.objects.filter(annotator=annotator, state=AssignmentState.SKIPPED)
    flags = Flag.objects.filter(project=project, user=annotator.user_id) if annotator.user_id else Flag.objects.none()
    recent = mine.current().select_related("item").order_by("-pk")[:RECENT]
    return Work(
        answers=mine.current().count(),
        seconds=_median(annotator),
        days=_days(annotator),
        skipped=leases.count(),
        flagged=flags.count(),
        revised=mine.filter(superseded_at__isnull=False).count(),
        checked=checked_by(project, mine)[annotator.pk],
        agreed=_agreed(project, annotator),
        recent=list(recent),
    )


def answers_of(project: Project, annotator: Annotator, *, checks: bool) -> Iterator[list[str]]:
    """One person's current answers as rows of a table, its head first, newest first.

    `checks` adds which items are hidden checks and how they were answered, which the person does not learn from it.
    """
    questions = project.question_list
    names = [question.name for question in questions]
    yield ["item", "external_id", "answered_at", "seconds", "suggestion_seen", *names, *(["check"] if checks else [])]
    rows = Annotation.objects.current().filter(annotator=annotator).order_by("-pk")
    values = rows.values_list(
        "item_id", "item__external_id", "created_at", "seconds", "suggestion_seen", "answers", "item__gold"
    )
    for item, external, at, seconds, seen, answers, gold in values.iterator(chunk_size=1_000):
        given = [type_of(each).display(each, answers[each.name]) if each.name in answers else "" for each in questions]
        told = ["" if gold is None else "right" if all_right(questions, answers, gold) else "wrong"] if checks else []
        fixed = [str(item), external, at.isoformat(), "" if seconds is None else f"{seconds:.1f}", str(seen).lower()]
        yield [*fixed, *given, *told]


def _days(annotator: Annotator) -> list[Day]:
    today = timezone.now().date()
    since = today - timedelta(days=DAYS - 1)
    with connection.cursor() as cursor:
        cursor.execute(PER_DAY, {"annotator": annotator.pk, "newest": 10 * NEWEST, "since": since})
        found = {day: (answers, seconds) for day, answers, seconds in cursor.fetchall()}
    days = [since + timedelta(days=number) for number in range(DAYS)]
    return [Day(day, *found.get(day, (0, None))) for day in days]


def _median(annotator: Annotator) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(MEDIAN, {"annotator": annotator.pk, "newest": NEWEST})
        return cursor.fetchone()[0]


def _agreed(project: Project, annotator: Annotator) -> list[Agreed]:
    votes = Annotation.objects.votes().filter(annotator=annotator).order_by("-pk")
    mine: dict[int, dict[str, Any]] = dict(votes.values_list("item_id", "answers")[:NEWEST])
    others: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Annotation.objects.votes().human().filter(item__in=list(mine)).exclude(annotator=annotator)
    for item, answers in rows.values_list("item_id", "answers"):
        others[item].append(answers)
    settled: dict[tuple[int, str], Answer] = {
        (item, question): value
        for item, question, value in Consensus.objects.filter(
            item__in=list(mine), item__stage=Stage.SETTLED
        ).values_list("item_id", "question", "value")
    }
    agreed = []
    for question in project.question_list:
        distance = partial(type_of(question).distance, question)
        name = question.name
        given = {item: answers[name] for item, answers in mine.items() if name in answers}
        apart = [distance(value, settled[item, name]) for item, value in given.items() if (item, name) in settled]
        pairs = [(value, each[name]) for item, value in given.items() for each in others[item] if name in each]
        near = 1 - sum(apart) / len(apart) if apart else None
        agreed.append(Agreed(question.title, len(apart), near, alpha(pairs, distance)))
    return agreed
