"""How good the labels are, and what further answers would add: what a lead decides from when to stop."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.db.models import Count, Q, Sum

from annotation.aggregation.effort import Accuracy, Stratum, answers_wanted, dataset_accuracy, gains
from annotation.aggregation.grading import grade
from annotation.models import OPEN_STAGES, Annotator, AnnotatorKind, Consensus, DecidedBy, Fit, Item, Project
from annotation.questions import Question, first_single, type_of

from .remembering import remembered

REMEMBERED = 60.0
# Of more open items, so many stand for all of them; of more items with a known answer, the newest are compared.
SAMPLE, COMPARED = 2_000, 2_000
# How many answers "further answers" are, and how right people are taken to be before anything is known of them.
NEXT = 100
COMPETENCE = 0.85


@dataclass(frozen=True, slots=True)
class Effort:
    """`adds`: the share of labels that NEXT further answers put right; None where nobody can tell, as of spans.

    `wanted`: further answers until `target`, 0 where it is reached; None where answers alone do not reach it.
    """

    accuracy: Accuracy
    target: float
    adds: float | None
    wanted: int | None
    next: int = NEXT


def effort_report(project: Project) -> Effort:
    """As of at most a minute ago: every figure is of all items."""
    key = f"effort:{project.pk}:{project.schema_version}:{project.fitting_id}:{project.target_accuracy}"
    return remembered(key, REMEMBERED, partial(_effort, project))


def _effort(project: Project) -> Effort:
    # What the figures are about: the first question that has one answer, or else the first.
    question = first_single(project.question_list) or project.question_list[0]
    accuracy = dataset_accuracy(_strata(project, question))
    shares, count = _open_shares(project, question)
    if accuracy.value is None or not count:
        # Nobody can be asked any more, or it cannot be told what that would change.
        reached = accuracy.value is not None and accuracy.value >= project.target_accuracy
        return Effort(accuracy, project.target_accuracy, None, 0 if reached else None)
    found = gains(shares, min(0.99, max(0.51, _competence(project, question))))
    # The sample stands for all open items: each gain that was found is there so many times.
    found = np.repeat(found, max(1, round(count / len(shares))))
    total = Consensus.objects.filter(project=project, question=question.name).count()
    adds = float(found[:NEXT].sum()) / total
    return Effort(
        accuracy,
        project.target_accuracy,
        adds,
        answers_wanted(found, total, accuracy.value, project.target_accuracy),
    )


def _strata(project: Project, question: Question) -> list[Stratum]:
    """Items by who decides them, settled or not; those without any vote have no label yet."""
    rows = (
        Consensus.objects.filter(project=project, question=question.name)
        .values_list("decided_by")
        .annotate(items=Count("pk"), believed=Sum("posterior"), settled=Count("pk", filter=Q(item__stage="settled")))
        .order_by()
    )
    checked, right = _checked(project, question)
    strata = []
    for decided_by, items, believed, settled in rows:
        audited = _audited(project) if decided_by == DecidedBy.MODEL else (0, 0)
        if settled and audited[0]:
            # What models settled alone is as good as audits prove; what is open is still a guess.
            share = believed / items
            strata.append(Stratum.of(settled, *audited, share * settled))
            strata.append(Stratum(items - settled, 0, 0, share * (items - settled)))
        else:
            strata.append(Stratum.of(items, checked[decided_by], right[decided_by], believed))
    return [stratum for stratum in strata if stratum.items]


def _audited(project: Project) -> tuple[int, int]:
    """(audits as sure as the licence wants, how many of them were right)"""
    held = [each for each in project.licence_standing if each["licensed"]]
    return sum(each["accepted"] for each in held), sum(each["right"] for each in held)


def _checked(project: Project, question: Question) -> tuple[Counter[str], Counter[str]]:
    """Who decides → items with a known answer, and how many of those are right."""
    gold = Item.objects.filter(project=project, gold__has_key=question.name).order_by("-pk")
    known = dict(gold.values_list("pk", "gold")[:COMPARED])
    checked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    rows = Consensus.objects.filter(item__in=list(known), question=question.name).exclude(decided_by=DecidedBy.REVIEWER)
    for item, value, decided_by in rows.values_list("item_id", "value", "decided_by"):
        checked[decided_by] += 1
        right[decided_by] += grade([question], {question.name: value}, known[item] or {})[question.name]
    return checked, right


def _open_shares(project: Project, question: Question) -> tuple[np.ndarray, int]:
    """[sample, options] of the open items that somebody voted on, and how many there are."""
    if not question.options or not type_of(question).exclusive:
        return np.empty((0, 0)), 0
    rows = Consensus.objects.filter(project=project, question=question.name, item__stage__in=OPEN_STAGES)
    count = rows.count()
    drawn = list(rows.order_by("-pk").values_list("distribution", flat=True)[:SAMPLE])
    shares = np.array([[each.get(value, 0.0) for value in question.values] for each in drawn], dtype=float)
    if not len(shares):
        return np.empty((0, 0)), 0
    sums = shares.sum(axis=1, keepdims=True)
    return np.where(sums > 0, shares / np.where(sums > 0, sums, 1.0), 1 / shares.shape[1]), count


def _competence(project: Project, question: Question) -> float:
    """How often a person is right: by the fit, where there is one."""
    fit = Fit.objects.filter(fitting=project.fitting_id, question=question.name).only("accuracies").first()
    if fit is None or not fit.accuracies:
        return COMPETENCE
    people = set(
        Annotator.objects.filter(project=project, kind=AnnotatorKind.HUMAN).values_list("pk", flat=True)[:1_000]
    )
    known = [accuracy for pk, accuracy in fit.accuracies.items() if int(pk) in people]
    return float(np.mean(known)) if known else COMPETENCE
