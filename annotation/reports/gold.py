"""How right everyone is on the items whose answer is known."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from annotation.aggregation.grading import all_right, grade
from annotation.aggregation.scoring import wilson
from annotation.models import Annotation, Consensus, Item, Project, Stage
from annotation.models.annotation import AnnotationQuerySet

NEWEST = 20_000


@dataclass(frozen=True, slots=True)
class Checked:
    """Of `checked` items with a known answer, `right` were answered right; `low` to `high` is the 95 % interval."""

    right: int = 0
    checked: int = 0

    @property
    def share(self) -> float | None:
        return self.right / self.checked if self.checked else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.checked)


def checked_by(project: Project, answers: AnnotationQuerySet) -> dict[int, Checked]:
    """Annotator → how right they are, item by item: where all known answers are met. As far as the newest of these
    answers say."""
    questions = project.question_list
    right: Counter[int] = Counter()
    checked: Counter[int] = Counter()
    rows: Iterable[Any] = _to_gold(answers).values_list("annotator_id", "answers", "item__gold")[:NEWEST]
    for annotator, given, gold in rows:
        checked[annotator] += 1
        right[annotator] += all_right(questions, given, gold)
    return defaultdict(Checked, {each: Checked(right[each], checked[each]) for each in checked})


def missed(project: Project, item: Item, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The known answers to those questions that `answers` got wrong; empty where all is right."""
    known: dict[str, Any] = item.gold or {}
    grades = grade(project.question_list, answers, known)
    return {question: known[question] for question, right in grades.items() if not right}


def gold_report(project: Project) -> dict[str, Any]:
    """Accuracy against gold of each annotator and of the settled labels: {name: {right, checked}}."""
    questions = project.question_list
    checked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    given = _to_gold(Annotation.objects.filter(project=project))
    rows: Iterable[Any] = given.values_list("annotator__name", "answers", "item__gold")[:NEWEST]
    for name, answers, gold in rows:
        known = {question: value for question, value in gold.items() if question in answers}
        grades = grade(questions, answers, known)
        checked[name] += len(grades)
        right[name] += sum(grades.values())
    settled = Consensus.objects.filter(project=project, item__stage=Stage.SETTLED, item__gold__isnull=False)
    labels_checked = labels_right = 0
    labels: Iterable[Any] = settled.values_list("question", "value", "item__gold")
    for name, value, gold in labels:
        grades = grade(questions, {name: value}, {name: gold[name]} if name in gold else {})
        labels_checked += len(grades)
        labels_right += sum(grades.values())
    return {
        "settled_labels": {"right": labels_right, "checked": labels_checked},
        "annotators": {name: {"right": right[name], "checked": checked[name]} for name in sorted(checked)},
    }


def _to_gold(answers: AnnotationQuerySet) -> AnnotationQuerySet:
    """Newest first: as hidden checks, and as normal work. Of a judge, who reads others' votes, none."""
    return answers.current().filter(advice=False, item__gold__isnull=False).order_by("-pk")
