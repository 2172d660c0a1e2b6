"""May models settle items alone? Only where blind audits by people prove it (DESIGN §6)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from annotation.aggregation.guarantee import clopper_pearson_lower
from annotation.models import Annotation, DecidedBy, Item, Project, Stage
from annotation.questions import NO_FIELDS

from .advancing import advance
from .settling import settle
from .weighing import weighed_votes

READVANCE = 2_000
# Enough to prove an accuracy of 99.9 %; reading every audit of a large project again and again would not end.
AUDITS = 5_000


def refresh_licences() -> None:
    """Of every project whose lead lets models settle items alone, or once did."""
    for project in Project.objects.filter(Q(min_human=0) | Q(licensed=True)):
        refresh_licence(project)


def audit_record(project: Project) -> tuple[int, int]:
    """(right, audited): confident model consensus against what people said of the audited items, blind.

    People never see suggestions on audited items, so their answers are evidence about the models. Every item with an
    answer counts, and a doubt counts against the models: only settled items would be mostly those where people and
    models agree, because the others wait for a second person or a reviewer. Of very many audits the newest AUDITS
    are read.
    """
    questions = project.question_list
    answered = Item.objects.filter(project=project, audit=True, taken__gt=0).order_by("-pk")
    audits = list(answered.values_list("pk", flat=True)[:AUDITS])
    rows = Annotation.objects.votes().filter(item__in=audits, suggestion_seen=False)
    # As `advance` weighs them: what is proved has to be what settles.
    people = weighed_votes(questions, rows.human())
    models = weighed_votes(questions, rows.by_models())
    right = audited = 0
    for item in people.keys() & models.keys():
        guess = settle(questions, models[item], NO_FIELDS)
        if guess.posterior < project.accept_threshold:
            continue
        truth = settle(questions, people[item], NO_FIELDS)
        audited += 1
        right += truth.posterior > 0.5 and all(
            outcome.value == truth.outcomes[name].value
            for name, outcome in guess.outcomes.items()
            if name in truth.outcomes
        )
    return right, audited


@transaction.atomic
def refresh_licence(project: Project) -> bool:
    """Grant or revoke the licence from the audits so far, and let waiting items pass where it was granted."""
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    licensed = clopper_pearson_lower(*audit_record(project)) >= project.target_accuracy
    if licensed != project.licensed:
        project.licensed = licensed
        project.save(update_fields=["licensed"])
    if licensed and not project.min_human:
        waiting = Item.objects.filter(project=project, stage=Stage.HUMAN, audit=False, taken=0)
        sure = waiting.filter(consensus__posterior__gte=project.accept_threshold)
        batch = sure.exclude(consensus__posterior__lt=project.accept_threshold)
        advance(project, list(batch.values_list("pk", flat=True).distinct()[:READVANCE]))
    else:
        # Revoked, or the lead wants people again: what models settled alone goes back to them.
        alone = Item.objects.filter(project=project, stage=Stage.SETTLED, consensus__decided_by=DecidedBy.MODEL)
        advance(project, list(alone.values_list("pk", flat=True).distinct()[:READVANCE]))
    return licensed
