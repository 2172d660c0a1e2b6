"""A project's model annotators side by side: how much each has voted, and how well it agrees with people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from annotation.aggregation.agreement import Agreement
from annotation.models import OPEN_STAGES, Annotation, Item, Labeler, Project
from annotation.questions import Question, Shape, type_of

from .agreement import Comparison


@dataclass(slots=True)
class LabelerRow:
    """`left` counts the open items it has not voted on; `agreement` has the questions on which it can be measured."""

    labeler: Labeler
    votes: int = 0
    left: int = 0
    agreement: list[tuple[str, Agreement]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a labeler had learned at one training; `accuracy` on answers it was not trained on, where it is known: the
    share of right ones, or micro-F1 where answers have parts."""

    number: int
    answers: int
    accuracy: float | None
    seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Curve:
    """One question's lessons, in order."""

    question: Question
    lessons: list[Lesson]


def learning_curve(labeler: Labeler) -> list[Curve]:
    """How a labeler that learns from people did with more answers; empty for one that does not."""
    rows = list(labeler.checkpoints.order_by("number").values("number", "answers", "metrics", "seconds", "created_at"))
    if not rows:
        return []
    return [
        Curve(
            question,
            [
                Lesson(
                    number=row["number"],
                    answers=row["answers"],
                    accuracy=_figure(row["metrics"].get(question.name) or {}),
                    seconds=row["seconds"],
                    at=row["created_at"],
                )
                for row in rows
            ],
        )
        for question in labeler.project.question_list
        # Orders and free texts are not learned.
        if type_of(question).shape not in (Shape.ORDER, Shape.WRITTEN)
    ]


def _figure(metrics: dict[str, float]) -> float | None:
    return metrics.get("accuracy", metrics.get("f1"))


def labeler_report(project: Project, comparisons: list[Comparison]) -> list[LabelerRow]:
    """Every version, by name, newest first: three queries, however many versions."""
    open_items = Item.objects.filter(project=project).open().count()
    votes = Annotation.objects.current().by_models().filter(project=project).order_by().values("annotator__labeler")
    counts = {
        row["annotator__labeler"]: row
        for row in votes.annotate(votes=Count("pk"), on_open=Count("pk", filter=Q(item__stage__in=OPEN_STAGES)))
    }
    measured: dict[str, list[tuple[str, Agreement]]] = {}
    for comparison in comparisons:
        for name, agreement in comparison.models.items():
            if agreement.raw is not None:
                measured.setdefault(name, []).append((comparison.title, agreement))
    rows = []
    for labeler in Labeler.objects.filter(project=project).select_related("annotator"):
        count = counts.get(labeler.pk, {"votes": 0, "on_open": 0})
        annotator = getattr(labeler, "annotator", None)
        rows.append(
            LabelerRow(
                labeler=labeler,
                votes=count["votes"],
                left=max(0, open_items - count["on_open"]),
                agreement=measured.get(annotator.name, []) if annotator else [],
            )
        )
    return rows
