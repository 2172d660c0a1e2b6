"""How far a project is, and when it will be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Sum
from django.db.models.functions import Now

from annotation.models import Annotation, Item, Project, Stage

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of items per stage, answers, and the pace of the last hour.

    `eta_seconds` is None while nobody answers; `left` counts the answers still wanted from people.
    """

    stages: dict[str, int]
    total: int
    settled: int
    human_answers: int
    model_votes: int
    left: int
    answers_per_hour: int
    eta_seconds: float | None

    @property
    def percent(self) -> float:
        return 100 * self.settled / self.total if self.total else 0.0


def progress_report(project: Project) -> Progress:
    """One grouped count each over items and annotations."""
    counted = dict(Item.objects.filter(project=project).values_list("stage").annotate(count=Count("pk")).order_by())
    stages = {stage.value: counted.get(stage.value, 0) for stage in Stage}
    votes = dict(
        Annotation.objects.votes()
        .filter(project=project)
        .values_list("annotator__kind")
        .annotate(count=Count("pk"))
        .order_by()
    )
    left = Item.objects.filter(project=project).open().aggregate(left=Sum(F("slots") - F("taken")))["left"] or 0
    recent = Annotation.objects.current().human().filter(project=project, created_at__gt=Now() - WINDOW).count()
    return Progress(
        stages=stages,
        total=sum(stages.values()),
        settled=stages[Stage.SETTLED],
        human_answers=votes.get("human", 0),
        model_votes=votes.get("model", 0),
        left=left,
        answers_per_hour=recent,
        eta_seconds=left / recent * WINDOW.total_seconds() if recent and left else (0.0 if not left else None),
    )
