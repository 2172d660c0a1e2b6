"""What a model calls what people call something: counts, and the items behind each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from annotation.aggregation.scoring import Case, case_of, confusion
from annotation.models import Annotator, Labeler, Project
from annotation.models.evidence import Pair, blind_pairs
from annotation.models.filters import Filters
from annotation.models.selection import select
from annotation.questions import Question, Shape, type_of

EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Confusion:
    """`counts`: (what people say, what the model says) → items. `options`: those asked now, then what else was said."""

    question: Question
    options: list[str]
    counts: Counter[tuple[str, str]]
    total: int


def cases_by_labeler(
    project: Project, name: str | None = None, filters: Filters = EVERYTHING
) -> dict[int, dict[str, list[Case]]]:
    """{labeler: {question: cases}} of every model annotator of the project, or of the versions of this name; on items
    that fit the filters."""
    annotators = Annotator.objects.filter(project=project, kind="model")
    if name is not None:
        annotators = annotators.filter(labeler__name=name)
    models = dict(annotators.values_list("pk", "labeler"))
    pairs = pairs_within(project, filters, blind_pairs(project.pk, list(models)))
    return {
        labeler: {question.name: cases_on(question, pairs[model]) for question in project.question_list}
        for model, labeler in models.items()
        if labeler is not None
    }


def pairs_within(project: Project, filters: Filters, pairs: dict[int, list[Pair]]) -> dict[int, list[Pair]]:
    """Those on items that fit the filters."""
    if not filters.asked:
        return pairs
    items = {each.item for found in pairs.values() for each in found}
    fitting = set(select(project, filters, among=items).values_list("pk", flat=True))
    return {model: [each for each in found if each.item in fitting] for model, found in pairs.items()}


def cases_of(labeler: Labeler) -> dict[str, list[Case]]:
    """{question: cases} of one version."""
    annotator = getattr(labeler, "annotator", None)
    pairs = blind_pairs(labeler.project_id, [annotator.pk])[annotator.pk] if annotator else []
    return {question.name: cases_on(question, pairs) for question in labeler.project.question_list}


def cases_on(question: Question, pairs: list[Pair]) -> list[Case]:
    found = [case_of(question, each.item, each.people, each.answers, each.distribution) for each in pairs]
    return [case for case in found if case is not None]


def confusion_report(project: Project, cases: dict[str, list[Case]]) -> list[Confusion]:
    """One table per question that has a case, where an answer is one of the options; no cell could hold another."""
    tables = []
    for question in project.question_list:
        if type_of(question).shape not in (Shape.ONE, Shape.SCALE):
            continue
        counts = confusion(cases.get(question.name, []))
        if counts:
            said = {label for pair in counts for label in pair}
            options = [*question.values, *sorted(said - set(question.values))]
            tables.append(Confusion(question, options, counts, sum(counts.values())))
    return tables


def items_behind(labeler: Labeler, *, question: str, people: str = "", model: str = "") -> list[int]:
    """Ids of the items that a cell of the table counts; of a whole row or column where the other value is empty."""
    return [
        case.item
        for case in cases_of(labeler).get(question, [])
        if (not people or case.people == people) and (not model or case.model == model)
    ]
