"""Keep a vector of every item beside it, so that a text is read by the encoder once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from django.db import connection

from annotation.labelers import ItemText
from annotation.labelers.trained import vectors_of
from annotation.models import Item, Project
from annotation.models.item import EMBEDDING_DIMENSIONS
from annotation.questions import as_texts

BLOCK = 10_000
SAVE = """
UPDATE annotation_item item SET embedding = made.vector::vector
FROM unnest(%s::bigint[], %s::text[]) AS made (id, vector)
WHERE item.id = made.id
"""
READ = """
COPY (
    SELECT id, embedding FROM annotation_item
    WHERE project_id = {project} AND stage IN ('new', 'human') AND embedding IS NOT NULL
) TO STDOUT (FORMAT BINARY)
"""
# One row of PostgreSQL's binary COPY, all of one length because none of the columns is null.
ROW = np.dtype(
    [
        ("columns", ">i2"),
        ("id_length", ">i4"),
        ("id", ">i8"),
        ("vector_length", ">i4"),
        ("dimensions", ">i2"),
        ("unused", ">i2"),
        ("vector", ">f4", (EMBEDDING_DIMENSIONS,)),
    ]
)
HEADER, TRAILER = 19, 2  # bytes


def with_vectors(project: Project, items: Sequence[ItemText]) -> list[ItemText]:
    """The items with their vectors. Call outside a transaction: the encoder is a model."""
    vectors = vectors_by_item(project, [item.id for item in items])
    return [replace(item, vector=vectors.get(item.id)) for item in items]


def vectors_by_item(project: Project, items: Sequence[int]) -> dict[int, np.ndarray]:
    """Id → vector. What has none yet is embedded, and that is kept; only its text is read.

    Call outside a transaction: the encoder is a model.
    """
    vectors = stored_vectors(items)
    unread = Item.objects.filter(pk__in=[item for item in items if item not in vectors])
    texts = [ItemText(pk, as_texts(project.fields, fields)) for pk, fields in unread.values_list("pk", "fields")]
    if texts:
        made = vectors_of(texts, project.fields)
        keep_vectors([text.id for text in texts], made)
        vectors |= dict(zip([text.id for text in texts], made, strict=True))
    return vectors


def stored_vectors(items: Sequence[int]) -> dict[int, np.ndarray]:
    """Id → vector, of those items that have one."""
    embedded = Item.objects.filter(pk__in=items, embedding__isnull=False)
    return {pk: np.asarray(vector, dtype=np.float32) for pk, vector in embedded.values_list("pk", "embedding")}


def keep_vectors(items: Sequence[int], vectors: np.ndarray) -> None:
    """[n] ids, [n, 384] vectors."""
    # In id order, so that it waits for an advance over the same items instead of deadlocking with it.
    order = np.argsort(items)
    spelled = [f"[{','.join(f'{value:.7g}' for value in vectors[row])}]" for row in order]
    with connection.cursor() as cursor:
        cursor.execute(SAVE, [[items[row] for row in order], spelled])


def open_vectors(project: Project) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The open items that have a vector, by the block: [n] ids and [n, 384] vectors.

    Binary, because 100,000 vectors as text are half a minute of parsing and as bytes none.
    """
    with connection.cursor() as cursor, cursor.copy(READ.format(project=int(project.pk))) as copy:
        held, skip = bytearray(), HEADER
        for data in copy:
            held += data
            if skip and len(held) >= skip:
                del held[:skip]
                skip = 0
            if len(held) >= BLOCK * ROW.itemsize:
                yield _parsed(held)
        if len(held) > TRAILER:
            yield _parsed(held)


def _parsed(held: bytearray) -> tuple[np.ndarray, np.ndarray]:
    """Take every whole row out of `held`."""
    rows = np.frombuffer(bytes(held), dtype=ROW, count=len(held) // ROW.itemsize)
    del held[: len(rows) * ROW.itemsize]
    return rows["id"].astype(np.int64), rows["vector"].astype(np.float32)
