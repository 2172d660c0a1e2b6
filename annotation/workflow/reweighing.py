"""After a person's answers were given another weight: look at the items they answered anew, batch by batch."""

from __future__ import annotations

from django.db import transaction

from annotation.models import Annotation, Annotator

from .advancing import advance

BATCH = 500


def find_reweighing() -> list[int]:
    """Annotators whose items have not all felt their new weight yet."""
    return list(Annotator.objects.filter(reweighed_through__isnull=False).values_list("pk", flat=True))


@transaction.atomic
def reweigh(annotator_pk: int) -> bool:
    """The next items this person answered, in order of their ids; whether more are waiting.

    A message that comes twice, or to two workers, finds the work done or somebody else at it. Items that a reviewer
    decided stay as they are: `advance` puts the decision above every vote.
    """
    waiting = Annotator.objects.select_related("project").filter(pk=annotator_pk, reweighed_through__isnull=False)
    annotator = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
    if annotator is None or annotator.reweighed_through is None:
        return False
    answered = Annotation.objects.votes().filter(annotator=annotator, item__gt=annotator.reweighed_through)
    items = list(answered.order_by("item").values_list("item", flat=True)[:BATCH])
    if items:
        advance(annotator.project, items, annotator=annotator)
    more = len(items) == BATCH
    annotator.reweighed_through = items[-1] if more else None
    annotator.save(update_fields=["reweighed_through"])
    return more
