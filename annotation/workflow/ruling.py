"""Which verdicts of judges may settle an item: those of a judge that holds its own against people."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Subquery

from annotation.models import JUDGING, Annotation, JudgeTrial, Labeler, Project, RunPurpose, Settling


def licensed_judges(project: Project) -> list[int]:
    """The labelers (ids) whose newest test against people was passed."""
    newest = JudgeTrial.objects.filter(labeler=OuterRef("pk")).order_by("-pk").values("passed")[:1]
    judges = Labeler.objects.filter(project=project, kind__in=JUDGING).annotate(holds=Subquery(newest))
    return list(judges.filter(holds=True).values_list("pk", flat=True))


def rulings_on(project: Project, items: Collection[int]) -> dict[int, Annotation]:
    """{item: the newest verdict that may settle it}; nothing where the policy wants advice alone.

    A verdict is about the answers that there were: one that is older than an answer of a person's says nothing of it.
    """
    if project.judge_settles != Settling.SETTLE or not items:
        return {}
    judges = licensed_judges(project)
    if not judges:
        return {}
    later = Annotation.objects.votes().human().filter(item=OuterRef("item"), created_at__gt=OuterRef("created_at"))
    verdicts = (
        Annotation.objects.on_record()
        .filter(item__in=items, advice=True, annotator__labeler__in=judges, run__purpose=RunPurpose.JUDGE)
        .filter(~Exists(later))
        .order_by("pk")
    )
    return {verdict.item_id: verdict for verdict in verdicts}
