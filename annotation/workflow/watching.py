"""Notice what nobody did: that nothing is left to answer, that people agree less than before."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from annotation.aggregation.agreement import Agreement, alpha_of
from annotation.aggregation.ballots import ballots
from annotation.models import (
    Annotation,
    Event,
    ImportJob,
    Item,
    JobState,
    NotificationKind,
    Project,
    Watch,
)
from annotation.questions import Answers, Question, type_of

from .announcing import announce

# The newest items with two answers are held against those before them.
WINDOW = 50
EARLIER = 1_000
LEAST = 50
REPLICATES = 400
# Of the newest answers so many are read: items that two people answered are among them.
ANSWERS = 10_000
AT_ONCE = 20

Vote = tuple[int, int, Answers]


def watch_queues() -> None:
    """Tell leads once of each time that nothing is left to answer. One look into an index per project."""
    unseen = Project.objects.filter(watch__isnull=True)
    Watch.objects.bulk_create((Watch(project=project) for project in unseen.only("pk")), ignore_conflicts=True)
    waiting = Exists(Item.objects.filter(project=OuterRef("project")).open())
    # While a file is read, or models settle what has come so far, the queue is only empty for a moment.
    # A file whose columns nobody has named yet is not on its way.
    started = ImportJob.objects.exclude(mapping={})
    coming = Exists(started.filter(project=OuterRef("project"), state__in=JobState.active()))
    Watch.objects.filter(waiting, waiting=False).update(waiting=True)
    for watch in Watch.objects.filter(~waiting, ~coming, waiting=True).select_related("project")[:AT_ONCE]:
        _tell_emptied(watch)


def find_unwatched_agreement() -> list[int]:
    """Projects whose agreement was not looked at today and in which something happened since yesterday."""
    now = timezone.now()
    today = now.date()
    due = Watch.objects.filter(Q(agreement_on__isnull=True) | Q(agreement_on__lt=today))
    # The newest line of the log is one look into its index, however long a project has been idle.
    newest = Event.objects.filter(project=OuterRef("project")).order_by("-id").values("at")[:1]
    busy = due.annotate(newest=Subquery(newest)).filter(newest__gte=now - timedelta(days=1))
    return list(busy.order_by("agreement_on").values_list("project", flat=True)[:AT_ONCE])


def watch_agreement(pk: int) -> None:
    """Hold the newest answers against the earlier ones, question by question, and tell leads where they fell apart."""
    project = Project.objects.get(pk=pk)
    today = timezone.now().date()
    votes = Annotation.objects.votes().human().filter(project=project, annotator__isnull=False).order_by("-pk")
    rows = list(votes.values_list("pk", "item", "annotator", "answers")[:ANSWERS])
    upto = Watch.objects.values_list("agreement_upto", flat=True).get(project=project)
    fallen = [
        (question, *pair)
        for question in project.question_list
        if (pair := _fall(question, [row for row in rows if question.name in row[3]], upto))
    ]
    with transaction.atomic():
        # Conditional: of two workers that looked at the same time, one tells.
        looked = Watch.objects.filter(Q(agreement_on__isnull=True) | Q(agreement_on__lt=today), project=project)
        if not looked.update(agreement_on=today) or not fallen:
            return
        Watch.objects.filter(project=project).update(agreement_upto=max(row[0] for row in rows))
        for question, now, before in fallen:
            announce(
                project,
                NotificationKind.AGREEMENT_FELL,
                occurrence=f"{question.name}:{today}",
                question=question.name,
                now=_rounded(now),
                before=_rounded(before),
            )


def _tell_emptied(watch: Watch) -> None:
    with transaction.atomic():
        # Conditional: two sweeps at once tell once.
        if not Watch.objects.filter(pk=watch.pk, waiting=True).update(waiting=False, emptied=F("emptied") + 1):
            return
        if not Item.objects.filter(project=watch.project).exists():
            return
        left = Item.objects.filter(project=watch.project).in_review().count()
        occurrence = f"{watch.emptied + 1}"
        announce(watch.project, NotificationKind.QUEUE_EMPTY, occurrence=occurrence, review=left)


def _fall(
    question: Question, rows: list[tuple[int, int, int, Answers]], upto: int
) -> tuple[Agreement, Agreement] | None:
    """(now, before) where the intervals lie apart; None where they do not, or too few answers are new to tell."""
    answered: dict[int, list[tuple[int, int, Answers]]] = {}
    for pk, item, annotator, answers in rows:
        answered.setdefault(item, []).append((pk, annotator, answers))
    # In the order of their newest answers, because the rows are.
    twice = [(item, votes) for item, votes in answered.items() if len(votes) > 1]
    newest, earlier = twice[:WINDOW], twice[WINDOW : WINDOW + EARLIER]
    # A fall that was told is not told again before all of the window is new.
    if len(newest) < WINDOW or len(earlier) < LEAST or any(votes[0][0] <= upto for _item, votes in newest):
        return None
    distance = partial(type_of(question).distance, question)
    now, before = (
        alpha_of(
            ballots(
                (item, annotator, answers[question.name]) for item, votes in part for _pk, annotator, answers in votes
            ),
            distance,
            replicates=REPLICATES,
        )
        for part in (newest, earlier)
    )
    if now.high is None or before.low is None or now.high >= before.low:
        return None
    return now, before


def _rounded(agreed: Agreement) -> dict[str, float | int | None]:
    figures = {"alpha": agreed.alpha, "low": agreed.low, "high": agreed.high}
    return {name: None if value is None else round(value, 4) for name, value in figures.items()} | {
        "items": agreed.items
    }
