"""Send disputed items to the judge."""

from __future__ import annotations

from django.db import transaction

from annotation.models import Item, JobState, Piece, Project, Run, RunItem, RunPurpose, Stage

from .advancing import advance
from .running import start_run
from .seating import seat


@transaction.atomic
def resolve_disputes(project: Project) -> Run | None:
    """Start a run over the disputed items that no judge has seen, of whom the policy says: one judge, a panel or a
    debate; None when there is nothing to do now.

    Without an active judge the items go straight on to review.
    """
    # Held to the end: two triggers for the same disputes start one run.
    project = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    disputed = Item.objects.filter(project=project, stage=Stage.DISPUTED)
    judge = seat(project)
    if judge is None:
        advance(project, list(disputed.values_list("pk", flat=True)))
        return None
    # What joins while the judge is at work waits for its next run; the sweep will come by again.
    if Run.objects.filter(labeler=judge, state__in=JobState.active()).exists():
        return None
    heard = RunItem.objects.filter(run__purpose=RunPurpose.JUDGE, run__project=project)
    unheard = list(disputed.exclude(pk__in=heard.values("item_id")).values_list("pk", flat=True))
    return start_run(judge, items=unheard) if unheard else None


@transaction.atomic
def release_unjudged(project: Project) -> int:
    """Disputed items whose judge run failed or was cancelled go to the reviewer without its advice."""
    over = RunItem.objects.filter(
        run__purpose=RunPurpose.JUDGE,
        run__project=project,
        run__state__in=(JobState.FAILED, JobState.CANCELLED),
        item__stage=Stage.DISPUTED,
        state=Piece.PENDING,
    )
    items = list(over.values_list("item_id", flat=True))
    over.update(state=Piece.FAILED, reason="The judge's run ended before it came to this item.")
    if items:
        advance(project, items)
    return len(items)
