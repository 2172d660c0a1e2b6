"""Digests: what was done in a project yesterday or last week, what waits, how good it is, and what it cost."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from annotation.models import (
    Annotation,
    Digest,
    Item,
    Membership,
    Notification,
    NotificationKind,
    Project,
    Role,
    Run,
)
from annotation.models.filters import Filters
from annotation.reports.agreement import agreement_report
from annotation.reports.figures import accuracy

AT_ONCE = 50


def find_due_digests() -> list[int]:
    """Projects in which somebody's day or week is over that they have not been told of."""
    due = Membership.objects.filter(_due(timezone.now()))
    return list(due.order_by("project").values_list("project", flat=True).distinct()[:AT_ONCE])


def send_digests(pk: int) -> None:
    """One notification per member and period; nothing where nobody did anything."""
    project = Project.objects.get(pk=pk)
    now = timezone.now()
    for period, end in ((Digest.DAILY, _day(now)), (Digest.WEEKLY, _week(now))):
        members = Membership.objects.filter(project=project, digest=period, digested_at__lt=end)
        if members.exists():
            _send(project, members, period, end)


def _send(project: Project, members: QuerySet[Membership], period: Digest, end: datetime) -> None:
    begin = end - (timedelta(days=1) if period == Digest.DAILY else timedelta(weeks=1))
    answers = Annotation.objects.filter(project=project, created_at__gte=begin, created_at__lt=end, advice=False)
    by_people = dict(answers.human().values_list("annotator__user").annotate(count=Count("pk")).order_by())
    by_models = answers.by_models().count()
    settled = Item.objects.filter(project=project, settled_at__gte=begin, settled_at__lt=end).count()
    figures: dict[str, Any] = {
        "period": period.value,
        "begin": begin.date().isoformat(),
        "end": (end - timedelta(days=1)).date().isoformat(),
        "answers": sum(by_people.values()),
        "votes": by_models,
        "settled": settled,
        "waiting": Item.objects.filter(project=project).open().count(),
    }
    quality: dict[str, Any] = {}
    if by_people or by_models or settled:
        quality = _quality(project, begin, end)
    with transaction.atomic():
        # Conditional: of two workers that summed up the same week, one tells.
        due = list(members.select_for_update(of=("self",), no_key=True).order_by("pk"))
        if quality:
            Notification.objects.bulk_create(
                (
                    Notification(
                        user_id=member.user_id,
                        project=project,
                        kind=NotificationKind.DIGEST,
                        occurrence=f"{period}:{begin:%Y-%m-%d}",
                        data={
                            **figures,
                            "yours": by_people.get(member.user_id, 0),
                            # What dashboards show to those who review, and what money was spent to those who spend it.
                            **(quality if member.may_review else {}),
                            **({"cost": _cost(project, begin, end)} if member.role == Role.MANAGER else {}),
                        },
                    )
                    for member in due
                ),
                ignore_conflicts=True,
            )
        Membership.objects.filter(pk__in=[member.pk for member in due]).update(digested_at=Now())


def _quality(project: Project, begin: datetime, end: datetime) -> dict[str, Any]:
    """What waits for reviewers, and by question how far people agree and how many labels are right."""
    right = accuracy.measure(project, Filters())["questions"]
    rows = []
    for compared in agreement_report(project):
        found = accuracy.estimated(right.get(compared.question, {}).values()).value
        alpha = compared.people.alpha
        rows.append(
            {
                "title": compared.title,
                "alpha": None if alpha is None else round(alpha, 3),
                "right": None if found is None else round(found, 4),
            }
        )
    review = Item.objects.filter(project=project).in_review().count()
    return {"review": review, "questions": rows}


def _cost(project: Project, begin: datetime, end: datetime) -> str:
    """Of the runs that were started in this time, in the connections' currency."""
    runs = Run.objects.filter(project=project, created_at__gte=begin, created_at__lt=end)
    return f"{runs.aggregate(cost=Sum('cost', default=0))['cost']:.2f}"


def _due(now: datetime) -> Q:
    return Q(digest=Digest.DAILY, digested_at__lt=_day(now)) | Q(digest=Digest.WEEKLY, digested_at__lt=_week(now))


def _day(now: datetime) -> datetime:
    """The midnight (UTC) that was last."""
    return datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)


def _week(now: datetime) -> datetime:
    """The Monday that was last."""
    day = _day(now)
    return day - timedelta(days=day.weekday())
