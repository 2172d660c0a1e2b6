"""How votes are fused in a project: what was fitted, what it makes of the annotators, and what models may do alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from annotation.aggregation.registry import METHODS
from annotation.models import Annotator, Fit, Fitting, Fusion, Licence, Project

# Of very many annotators those are shown whose accuracy was fitted, the worst first: they are what a lead looks for.
SHOWN = 30
HISTORY = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """An annotator's expected share of right answers, in [0, 1]."""

    annotator: str
    human: bool
    accuracy: float

    @property
    def percent(self) -> float:
        return 100 * self.accuracy


@dataclass(frozen=True, slots=True)
class QuestionFit:
    """`method`: majority where there is too little to go by. `more`: estimates that are not shown."""

    question: str
    title: str
    method: str
    method_title: str
    reason: str
    votes: int
    items: int
    known: int
    diagnostics: list[str]
    estimates: list[Estimate]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Fusing:
    """`fitting`: the one that applies, None before the first; `newest`: the last one that was asked for."""

    fitting: Fitting | None
    newest: Fitting | None
    questions: list[QuestionFit] = field(default_factory=list)


def fusing_report(project: Project) -> Fusing:
    """A handful of queries, however many votes there are."""
    newest = Fitting.objects.filter(project=project).order_by("-pk").first()
    fitting = Fitting.objects.filter(pk=project.fitting_id).first() if project.fitting_id else None
    if fitting is None:
        return Fusing(None, newest)
    fits = {fit.question: fit for fit in Fit.objects.filter(fitting=fitting).defer("matrices", "parameters")}
    asked = [question for question in project.question_list if question.name in fits]
    wanted = {int(pk) for question in asked for pk in fits[question.name].accuracies}
    annotators = {each.pk: each for each in Annotator.objects.filter(project=project, pk__in=wanted)}
    return Fusing(
        fitting,
        newest,
        [_question(question.title, fits[question.name], annotators) for question in asked],
    )


def licence_history(project: Project) -> list[Licence]:
    """The newest licences, in force or not."""
    return list(Licence.objects.filter(project=project).order_by("-pk")[:HISTORY])


def fusing_json(project: Project) -> dict[str, Any]:
    """For the API: what applies, question by question."""
    found = fusing_report(project)
    return {
        "fitted_at": found.fitting.fitted_at if found.fitting else None,
        "questions": {
            each.question: {
                "method": each.method,
                "reason": each.reason,
                "votes": each.votes,
                "items": each.items,
                "known": each.known,
                "diagnostics": each.diagnostics,
                "annotators": [
                    {"annotator": one.annotator, "human": one.human, "accuracy": one.accuracy} for one in each.estimates
                ],
            }
            for each in found.questions
        },
    }


def _question(title: str, fit: Fit, annotators: dict[int, Annotator]) -> QuestionFit:
    estimates = sorted(
        (
            Estimate(annotators[int(pk)].name, annotators[int(pk)].is_human, accuracy)
            for pk, accuracy in fit.accuracies.items()
            if int(pk) in annotators
        ),
        key=lambda each: (each.accuracy, each.annotator),
    )
    return QuestionFit(
        question=fit.question,
        title=title,
        method=fit.method,
        method_title=_title(fit.method),
        reason=fit.reason,
        votes=fit.votes,
        items=fit.items,
        known=fit.known,
        diagnostics=fit.diagnostics,
        estimates=estimates[:SHOWN],
        more=max(0, len(estimates) - SHOWN),
    )


def _title(method: str) -> str:
    """As the policy calls it; what only the data can choose has the name of its algorithm."""
    return str(Fusion(method).label) if method in Fusion.values else METHODS[method].title
