"""May models settle items alone? Only where blind audits by people prove it (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q
from django.db.models.functions import Now

from annotation.aggregation import guarantee
from annotation.models import Annotation, Consensus, DecidedBy, Item, Licence, NotificationKind, Project, Stage, Verb
from annotation.models.item import ItemQuerySet
from annotation.questions import NO_FIELDS, first_single, type_of

from .advancing import advance
from .announcing import announce
from .fusing import fits_of
from .recording import record
from .settling import label_of, settle
from .weighing import weighed_votes

READVANCE = 2_000
# Enough to prove an accuracy of 99.9 %; reading every audit of a large project again and again would not end.
AUDITS = 5_000
# A licence in force gives way to one from a lower posterior on only where that is lower by so much.
LOWER = 0.01


@dataclass(frozen=True, slots=True)
class Audit:
    """One audited item: how sure the models are together, what they say (`label`), and whether people say the same."""

    confidence: float
    right: bool
    label: str


def refresh_licences() -> None:
    """Of every project whose lead lets models settle items alone, or once did."""
    for project in Project.objects.filter(Q(min_human=0) | Q(licensed=True)):
        refresh_licence(project)


def audits_of(project: Project) -> list[Audit]:
    """Model consensus against what people said of the audited items, blind, in the order of people's answers.

    People never see suggestions on audited items, so their answers are evidence about the models. Every item with an
    answer counts, and a doubt counts against the models: only settled items would be mostly those where people and
    models agree, because the others wait for a second person or a reviewer. Of very many audits the newest AUDITS
    are read.
    """
    questions, fits = project.question_list, fits_of(project)
    answered = Item.objects.filter(project=project, audit=True, taken__gt=0).order_by("-pk")
    items = list(answered.values_list("pk", flat=True)[:AUDITS])
    rows = Annotation.objects.votes().filter(item__in=items, suggestion_seen=False)
    # As `advance` weighs them: what is proved has to be what settles.
    people = weighed_votes(questions, rows.human())
    models = weighed_votes(questions, rows.by_models())
    first = dict(rows.human().values_list("item").annotate(first=Min("pk")).order_by())
    audits = []
    for item in sorted(people.keys() & models.keys(), key=first.__getitem__):
        guess = settle(questions, models[item], NO_FIELDS, fits)
        truth = settle(questions, people[item], NO_FIELDS, fits)
        right = truth.posterior > 0.5 and all(
            outcome.value == truth.outcomes[name].value
            for name, outcome in guess.outcomes.items()
            if name in truth.outcomes
        )
        audits.append(Audit(guess.posterior, right, label_of(questions, guess)))
    return audits


@transaction.atomic
def refresh_licence(project: Project) -> bool:
    """Grant or revoke licences from the audits so far, and let waiting items pass where they allow it; whether one is
    in force."""
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    audits = audits_of(project)
    looks = _looks(project, audits)
    in_force = {each.label: each for each in Licence.objects.filter(project=project, revoked_at__isnull=True)}
    for label in in_force.keys() - looks.keys():
        _revoke(project, in_force.pop(label), "The policy asks for another kind of licence.")
    for label, look in looks.items():
        licence = _renewed(project, label, look, audits, in_force.pop(label, None))
        if licence is not None:
            in_force[label] = licence
    _keep(project, {label: each.threshold for label, each in in_force.items()}, _standing(looks, in_force, audits))
    may_settle = in_force and not project.min_human
    if may_settle:
        _advance(project, Item.objects.filter(stage=Stage.HUMAN, audit=False, taken=0).filter(_sure_enough(project)))
    # Where a licence went, or has become stricter, what models settled alone goes back to people.
    alone = Item.objects.filter(stage=Stage.SETTLED, consensus__decided_by=DecidedBy.MODEL)
    _advance(project, alone.exclude(_sure_enough(project)) if may_settle else alone)
    return bool(in_force)


def _looks(project: Project, audits: list[Audit]) -> dict[str, guarantee.Licence]:
    """Label, or "" for all → what the audits prove."""
    confidence, right = [each.confidence for each in audits], [each.right for each in audits]
    question = first_single(project.question_list) if project.accept_by_class else None
    if question is None:
        return {"": guarantee.choose_threshold(confidence, right, target=project.target_accuracy)}
    return guarantee.choose_thresholds(
        confidence, right, [each.label for each in audits], question.values, target=project.target_accuracy
    )


def _renewed(
    project: Project, label: str, look: guarantee.Licence, audits: list[Audit], held: Licence | None
) -> Licence | None:
    """The licence that is in force after this look."""
    if held is not None and not _holds(held, audits, project.target_accuracy):
        _revoke(project, held, f"{held.right} of {held.accepted} audits right prove {held.bound:.1%} only.")
        held = None
    if look.threshold is None or (held is not None and look.threshold > held.threshold - LOWER):
        return held
    licence = Licence(project=project, label=label, threshold=look.threshold, target=project.target_accuracy)
    # What was proved at the last look has to hold of all that came since.
    if not _holds(licence, audits, project.target_accuracy):
        return held
    if held is not None:
        # No news by itself: what takes its place is told.
        _take_back(held, f"Audits prove more: models may settle from {licence.threshold:.3f} on.")
    licence.save(force_insert=True)
    record(
        project,
        Verb.LICENSED,
        label=label,
        threshold=licence.threshold,
        right=licence.right,
        accepted=licence.accepted,
        bound=licence.bound,
    )
    announce(project, NotificationKind.LICENSED, occurrence=f"{licence.pk}", **_named(licence))
    return licence


def _holds(licence: Licence, audits: list[Audit], target: float) -> bool:
    """Whether all audits of today bear it out; its figures become today's."""
    judged = [
        each.right
        for each in audits
        if each.confidence >= licence.threshold and (not licence.label or each.label == licence.label)
    ]
    licence.right, licence.accepted = sum(judged), len(judged)
    licence.bound = guarantee.clopper_pearson_lower(licence.right, licence.accepted)
    licence.target = target
    if licence.pk is not None:
        licence.save(update_fields=["right", "accepted", "bound", "target"])
    return licence.bound >= target


def _revoke(project: Project, licence: Licence, reason: str) -> None:
    _take_back(licence, reason)
    announce(project, NotificationKind.LICENCE_REVOKED, occurrence=f"{licence.pk}", **_named(licence))


def _named(licence: Licence) -> dict[str, Any]:
    return {"licence": licence.pk, "label": licence.label, "threshold": round(licence.threshold, 4)}


def _take_back(licence: Licence, reason: str) -> None:
    Licence.objects.filter(pk=licence.pk).update(revoked_at=Now(), reason=reason[:300])
    record(licence.project_id, Verb.LICENCE_REVOKED, label=licence.label, reason=reason)


def _standing(
    looks: Mapping[str, guarantee.Licence], in_force: Mapping[str, Licence], audits: list[Audit]
) -> list[dict[str, Any]]:
    """What a lead is shown: as JSON, one row per licence that there is or could be."""
    rows = []
    for label, look in looks.items():
        licence = in_force.get(label)
        answered = sum(not label or each.label == label for each in audits)
        rows.append(
            {
                "label": label,
                "licensed": licence is not None,
                "threshold": licence.threshold if licence else None,
                "right": licence.right if licence else look.accepted_right,
                "accepted": licence.accepted if licence else look.accepted,
                "bound": round(licence.bound if licence else look.bound, 4),
                "audits": answered,
                "wanted": max(0, look.next_look - answered) if look.next_look and not licence else 0,
                "reason": "" if licence else look.reason,
            }
        )
    return rows


def _keep(project: Project, thresholds: dict[str, float], standing: list[dict[str, Any]]) -> None:
    """Beside the project, where routing finds it without a query and pages without reading audits."""
    now = (bool(thresholds), thresholds, standing)
    if now != (project.licensed, project.licence_thresholds, project.licence_standing):
        project.licensed, project.licence_thresholds, project.licence_standing = now
        project.save(update_fields=["licensed", "licence_thresholds", "licence_standing"])


def _sure_enough(project: Project) -> Q:
    """Items on whose every question models are as sure as a licence wants it of what they say."""
    consensus = Consensus.objects.filter(item=OuterRef("pk"))
    if "" in project.licence_thresholds:
        threshold = project.licence_thresholds[""]
        return Q(Exists(consensus), ~Exists(consensus.filter(posterior__lt=threshold)))
    question = first_single(project.question_list)
    if question is None:
        return Q(pk__in=())
    # As answers are stored: the number of a rating, not its name.
    kind = type_of(question)
    said = [
        Exists(consensus.filter(question=question.name, value=kind.holding(label)))
        & ~Exists(consensus.filter(posterior__lt=threshold))
        for label, threshold in project.licence_thresholds.items()
    ]
    return reduce(or_, said, Q(pk__in=()))


def _advance(project: Project, items: ItemQuerySet) -> None:
    advance(project, list(items.filter(project=project).values_list("pk", flat=True).distinct()[:READVANCE]))
