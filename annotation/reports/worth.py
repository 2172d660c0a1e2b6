"""What each version of a project's model annotators is worth, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, Q, Sum

from annotation.aggregation.scoring import (
    Case,
    ClassScore,
    class_scores,
    closeness,
    cohen_kappa,
    confusion,
    part_scores,
    wilson,
)
from annotation.models import Annotation, Item, Labeler, Project, Run, RunPurpose
from annotation.models.filters import Filters
from annotation.questions import Question, Shape, type_of

from .calibration import Trust, newest_fits, trust_of
from .confusion import EVERYTHING, cases_by_labeler


@dataclass(frozen=True, slots=True)
class Audited:
    """Accuracy on `answers` audited items with its 95 % interval; None without one."""

    answers: int
    accuracy: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One version on one question, on `answers` items that people answered blind; without one, all else is None.

    `low`, `high`: the 95 % interval of the accuracy. `audited` is the same on audits alone: those chance chose, while
    people are asked about the others because models are unsure of them. `closeness`: the mean of 1 less the distance,
    for answers that are seldom exactly the same. `kappa` and `counts` ((what people say, what the model says) → items)
    belong to answers that are one of the options; `micro_f1` to those in parts.
    """

    question: Question
    answers: int
    accuracy: float | None
    low: float
    high: float
    closeness: float | None
    kappa: float | None
    macro_f1: float | None
    micro_f1: float | None
    classes: dict[str, ClassScore]
    counts: Counter[tuple[str, str]]
    trust: Trust
    audited: Audited


@dataclass(frozen=True, slots=True)
class Worth:
    """One version. `seconds`: per vote, None without one; `cost` and `tokens` are those of all its runs.

    `cases`: per question the items that it was measured on.
    """

    labeler: Labeler
    votes: int
    seconds: float | None
    failures: int
    tokens: int
    cost: Decimal
    measured: list[Measured]
    cases: dict[str, list[Case]]


def worth_report(project: Project, name: str | None = None, filters: Filters = EVERYTHING) -> list[Worth]:
    """Every version (of this name, where it is given), newest first: as many queries, however many versions.

    Measured on items that fit the filters; what a calibration was fitted on is more than these.
    """
    votes = Annotation.objects.current().by_models().filter(project=project).order_by().values("annotator__labeler")
    rows: Iterable[Any] = votes.annotate(votes=Count("pk"), seconds=Avg("seconds"))
    counts: dict[int, dict[str, Any]] = {row["annotator__labeler"]: row for row in rows}
    spent: dict[int, dict[str, Any]] = {row["labeler"]: row for row in _runs(project)}
    cases = cases_by_labeler(project, name, filters)
    fits = {} if filters.asked else newest_fits(project)
    audits = _audits(project, cases)
    worths = []
    labelers = Labeler.objects.filter(project=project).select_related("annotator")
    for labeler in labelers if name is None else labelers.filter(name=name):
        count, run = counts.get(labeler.pk, {}), spent.get(labeler.pk, {})
        of_labeler = cases.get(labeler.pk, {})
        worths.append(
            Worth(
                labeler=labeler,
                votes=count.get("votes", 0),
                seconds=count.get("seconds"),
                failures=run.get("failures") or 0,
                tokens=run.get("tokens") or 0,
                cost=run.get("cost") or Decimal(0),
                measured=[
                    _measure(
                        question,
                        of_labeler.get(question.name, []),
                        trust_of(question, of_labeler.get(question.name, []), fits.get((labeler.pk, question.name))),
                        audits,
                    )
                    for question in project.question_list
                ],
                cases=of_labeler,
            )
        )
    return worths


def _measure(question: Question, cases: list[Case], trust: Trust, audits: Collection[int]) -> Measured:
    """Accuracy, κ and F1 of these cases, some of which are on `audits`."""
    accuracy, low, high = _accuracy(cases)
    of_audits = [case for case in cases if case.item in audits]
    kind = type_of(question)
    matrix = confusion(cases) if kind.shape in (Shape.ONE, Shape.SCALE) else Counter()
    classes, micro = (class_scores(matrix, question.values), None) if matrix else part_scores(question, cases)
    f1 = [score.f1 for score in classes.values() if score.f1 is not None]
    return Measured(
        question=question,
        answers=len(cases),
        accuracy=accuracy,
        low=low,
        high=high,
        closeness=closeness(cases),
        kappa=cohen_kappa(matrix),
        macro_f1=sum(f1) / len(f1) if f1 else None,
        micro_f1=micro,
        classes=classes,
        counts=matrix,
        trust=trust,
        audited=Audited(len(of_audits), *_accuracy(of_audits)),
    )


def _accuracy(cases: list[Case]) -> tuple[float | None, float, float]:
    right = sum(case.right for case in cases)
    return right / len(cases) if cases else None, *wilson(right, len(cases))


def _audits(project: Project, cases: dict[int, dict[str, list[Case]]]) -> set[int]:
    items = {case.item for of_labeler in cases.values() for found in of_labeler.values() for case in found}
    return set(Item.objects.filter(project=project, audit=True, pk__in=items).values_list("pk", flat=True))


def _runs(project: Project) -> Any:
    runs = Run.objects.filter(project=project).order_by().values("labeler")
    failures = Sum("failed", filter=~Q(purpose=RunPurpose.TRY))
    return runs.annotate(tokens=Sum("tokens"), cost=Sum("cost"), failures=failures)
