"""Votes as they count: a person's answer as it is, a model's probabilities as its calibration corrects them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef

from annotation.aggregation.calibrating import Calibrator, calibrator_of, recalibrated, recalibrated_parts
from annotation.models import Calibration
from annotation.models.annotation import AnnotationQuerySet
from annotation.models.calibration import UNFITTED
from annotation.questions import Answer, Distribution, Question, type_of

from .settling import Vote

# {labeler: {question: how its probabilities are corrected}}
Calibrators = dict[int, dict[str, Calibrator]]


def weighed_votes(questions: Sequence[Question], rows: AnnotationQuerySet) -> dict[int, list[Vote]]:
    """Item → its votes among `rows`, in the order they were cast.

    One query; a second one only where a model among them is calibrated. The stored annotations keep what was said.
    """
    fitted = Calibration.objects.filter(labeler=OuterRef("annotator__labeler")).exclude(method=UNFITTED)
    found = list(
        rows.order_by("pk")
        .annotate(calibrated=Exists(fitted))
        .values_list(
            "item_id",
            "annotator_id",
            "annotator__kind",
            "annotator__weight",
            "annotator__labeler",
            "answers",
            "distribution",
            "calibrated",
        )
    )
    labelers = {labeler for *_, labeler, _, _, calibrated in found if calibrated and labeler is not None}
    calibrators = calibrators_of(labelers) if labelers else {}
    votes: dict[int, list[Vote]] = defaultdict(list)
    for item, annotator, kind, weight, labeler, answers, distribution, _ in found:
        votes[item].append(weighed(questions, annotator, kind, weight, answers, distribution, calibrators.get(labeler)))
    return votes


def weighed(
    questions: Sequence[Question],
    annotator: int,
    kind: str,
    weight: float,
    answers: dict[str, Any],
    distribution: dict[str, Distribution],
    calibrators: Mapping[str, Calibrator] | None,
) -> Vote:
    """One annotation as it counts; `calibrators`: its model's, where it has any."""
    if calibrators is None:
        return Vote(annotator, kind == "human", answers, distribution, weight)
    counted = _corrected(questions, answers, distribution, calibrators)
    return Vote(annotator, kind == "human", answers, counted, weight, frozenset(calibrators))


def calibrators_of(labelers: Collection[int]) -> Calibrators:
    """The newest fit of each labeler and question."""
    fits = Calibration.objects.filter(labeler__in=labelers).in_force()
    calibrators: Calibrators = defaultdict(dict)
    for labeler, question, method, parameters in fits.values_list("labeler_id", "question", "method", "parameters"):
        calibrators[labeler][question] = calibrator_of(method, parameters)
    return dict(calibrators)


def _corrected(
    questions: Sequence[Question],
    answers: Mapping[str, Any],
    distribution: Mapping[str, Distribution],
    calibrators: Mapping[str, Calibrator],
) -> dict[str, Distribution]:
    """The distributions, corrected where their question has a calibrator. An answer without one counts as sure."""
    corrected = dict(distribution)
    for question in questions:
        if question.name in calibrators and question.name in answers:
            corrected[question.name] = _corrected_one(
                question, answers[question.name], distribution.get(question.name), calibrators[question.name]
            )
    return corrected


def _corrected_one(
    question: Question, answer: Answer, distribution: Distribution | None, calibrator: Calibrator
) -> Distribution:
    kind = type_of(question)
    shares = kind.vote(question, answer, distribution)
    if kind.exclusive:
        return recalibrated(shares, question.values, calibrator)
    valid = {key: share for key, share in shares.items() if kind.is_key(question, key)}
    return recalibrated_parts(valid, partial(kind.alternatives, question), calibrator)
