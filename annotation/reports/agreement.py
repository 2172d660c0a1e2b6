"""Do people agree with each other, and do models agree with people?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import partial

from annotation.aggregation.agreement import Agreement, alpha
from annotation.models import Annotation, Project
from annotation.questions import Answer, Answers, Question, type_of

from .remembering import remembered

# The newest answers tell how things stand; all of them would make a page wait for a million rows.
NEWEST = 20_000
REMEMBERED = 20.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Agreement on one question: among people, and of each model with people."""

    question: str
    title: str
    people: Agreement
    models: dict[str, Agreement]


def agreement_report(project: Project) -> list[Comparison]:
    """Krippendorff's α per question over the newest human answers and the votes of models on the same items."""
    human = list(
        Annotation.objects.votes()
        .human()
        .filter(project=project)
        .order_by("-pk")
        .values_list("item_id", "answers")[:NEWEST]
    )
    items = {item for item, _ in human}
    model = list(
        Annotation.objects.votes()
        .by_models()
        .filter(project=project, item__in=items)
        .values_list("item_id", "annotator__name", "answers")
    )
    return [_compare(question, human, model) for question in project.question_list]


def shown_agreement(project: Project, *, polled: bool) -> list[Comparison]:
    """For pages: fresh to whoever opens one; to one that asks again by itself, as of at most REMEMBERED seconds ago."""
    if not polled:
        return agreement_report(project)
    # Each schema version asks other questions.
    key = f"agreement:{project.pk}:{project.schema_version}"
    return remembered(key, REMEMBERED, partial(agreement_report, project))


def _compare(question: Question, human: list[tuple[int, Answers]], model: list[tuple[int, str, Answers]]) -> Comparison:
    measured = partial(type_of(question).distance, question)
    people: dict[int, list[Answer]] = defaultdict(list)
    for item, answers in human:
        if question.name in answers:
            people[item].append(answers[question.name])
    against: dict[str, list[tuple[Answer, Answer]]] = defaultdict(list)
    for item, name, answers in model:
        if question.name in answers:
            against[name] += [(answers[question.name], answer) for answer in people[item]]
    return Comparison(
        question=question.name,
        title=question.title,
        people=alpha(people.values(), measured),
        models={name: alpha(pairs, measured) for name, pairs in sorted(against.items())},
    )
