"""How right everyone is on the hidden check items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from annotation.models import Annotation, Consensus, Project, Stage

NEWEST = 20_000


def gold_report(project: Project) -> dict[str, Any]:
    """Accuracy against gold of each annotator and of the settled labels: {name: {right, checked}}."""
    checked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    votes = Annotation.objects.votes().filter(project=project, item__gold__isnull=False).order_by("-pk")
    rows: Iterable[Any] = votes.values_list("annotator__name", "answers", "item__gold")[:NEWEST]
    for name, answers, gold in rows:
        for question in answers.keys() & gold.keys():
            checked[name] += 1
            right[name] += answers[question] == gold[question]
    settled = Consensus.objects.filter(project=project, item__stage=Stage.SETTLED, item__gold__isnull=False)
    labels_checked = labels_right = 0
    labels: Iterable[Any] = settled.values_list("question", "value", "item__gold")
    for question, value, gold in labels:
        if question in gold:
            labels_checked += 1
            labels_right += value == gold[question]
    return {
        "settled_labels": {"right": labels_right, "checked": labels_checked},
        "annotators": {name: {"right": right[name], "checked": checked[name]} for name in sorted(checked)},
    }
