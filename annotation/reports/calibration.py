"""How far a model's probabilities can be trusted, before and after its calibration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from annotation.aggregation.scoring import Case, as_arrays, measured
from annotation.models import Calibration, Project
from annotation.models.calibration import LEAST_ANSWERS
from annotation.questions import Question


@dataclass(frozen=True, slots=True)
class Trust:
    """One question's figures: {ece, brier, auroc, aurc, bins [{confidence, accuracy, count}]} before and after.

    After a fit, `after` is cross-validated on the same `answers`; without one (`method` empty) it is None, and `before`
    is measured on the answers so far. `missing`: how many answers a fit still needs.
    """

    question: Question
    answers: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    method: str = ""
    fitted_at: datetime | None = None
    missing: int = 0


def newest_fits(project: Project) -> dict[tuple[int, str], Calibration]:
    """(labeler, question) → the fit that applies, in one query."""
    fits = Calibration.objects.filter(labeler__project=project).in_force().defer("parameters")
    return {(fit.labeler_id, fit.question): fit for fit in fits}


def trust_of(question: Question, cases: list[Case], fit: Calibration | None) -> Trust:
    """From the fit where there is one, else from the cases as they are."""
    if fit is not None:
        metrics = fit.metrics
        return Trust(question, fit.answers, metrics["before"], metrics["after"], fit.method, fit.created_at)
    missing = max(0, LEAST_ANSWERS - len(cases))
    if not cases:
        return Trust(question, 0, None, None, missing=missing)
    return Trust(question, len(cases), measured(*as_arrays(cases)), None, missing=missing)
