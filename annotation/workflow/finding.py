"""Make items findable by meaning: a vector for every item, and for every sentence that somebody looks for."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from annotation.labelers.similarity import embed
from annotation.models import Item, MeaningIndex, Phrase, Project, Stage

from .embedding import vectors_by_item
from .jobs import LEASE
from .publishing import publish

BATCH = 256
PHRASES_KEPT = timedelta(days=1)
# An item that was deleted meanwhile needs none.
KEEP = """
INSERT INTO annotation_itemvector (project_id, item_id, vector)
SELECT %s, item.id, made.vector::halfvec
FROM unnest(%s::bigint[], %s::text[]) AS made (id, vector) JOIN annotation_item item USING (id)
ON CONFLICT (item_id) DO UPDATE SET vector = excluded.vector
"""


def look_for(project: Project, sentence: str) -> Phrase:
    """What is looked for, with its vector once a worker has made it; from now on items get theirs too."""
    want_meaning(project)
    phrase, _ = Phrase.objects.get_or_create(text=sentence)
    if phrase.vector is None:
        publish("embed_phrase", phrase.pk)
    return phrase


def want_meaning(project: Project) -> MeaningIndex:
    """From now on the project's items get vectors, those that are there and those that come."""
    index, created = MeaningIndex.objects.get_or_create(project=project)
    if created:
        publish("embed_items", project.pk)
    return index


def embed_phrase(pk: int) -> None:
    """Harmless when it comes twice: the same text has the same vector."""
    phrase = Phrase.objects.filter(pk=pk, vector__isnull=True).first()
    if phrase is not None:
        vector = embed([phrase.text])[0]
        Phrase.objects.filter(pk=pk).update(vector=vector.tolist())


def embed_items(project_pk: int) -> bool:
    """Give the next items of a project their vectors; True while more are left and nobody else is at it."""
    # Conditional: the message may come five times, the work is done once.
    free = MeaningIndex.objects.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=Now()), project=project_pk)
    if not free.update(leased_until=Now() + LEASE):
        return False
    index = MeaningIndex.objects.select_related("project").get(project=project_pk)
    # Items of a project are committed in the order of their ids (`storing` lets one importer in at a time), so what
    # lies before a number stays complete.
    ahead = Item.objects.filter(project=project_pk, stage__in=Stage.values, pk__gt=index.upto).order_by("pk")
    items = list(ahead.values_list("pk", flat=True)[:BATCH])
    vectors = vectors_by_item(index.project, items)
    _keep(project_pk, {pk: vector.tolist() for pk, vector in vectors.items()})
    through = MeaningIndex.objects.filter(project=project_pk, upto=index.upto)
    through.update(upto=items[-1] if items else index.upto, made=F("made") + len(items), leased_until=None)
    MeaningIndex.objects.filter(project=project_pk).update(leased_until=None)
    return len(items) == BATCH


def find_unembedded() -> list[int]:
    """Projects that are searched by meaning and have items whose vectors nobody is making."""
    # By stage, because that is the index in which a project's last item stands.
    newer = Item.objects.filter(project=OuterRef("project"), stage__in=Stage.values, pk__gt=OuterRef("upto"))
    idle = MeaningIndex.objects.filter(Q(leased_until__isnull=True) | Q(leased_until__lt=Now()), Exists(newer))
    return list(idle.values_list("project", flat=True))


def forget_phrases() -> None:
    """What somebody looked for is nobody's business the day after."""
    Phrase.objects.filter(asked_at__lt=Now() - PHRASES_KEPT).delete()


def _keep(project: int, vectors: dict[int, list[float]]) -> None:
    pks = sorted(vectors)
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [project, pks, [_spelled(vectors[pk]) for pk in pks]])


def _spelled(vector: list[float]) -> str:
    return f"[{','.join(f'{value:.5g}' for value in vector)}]"
