"""What a newly trained labeler does with every open item. Runs inside `manage.py shell`, on the site's own database."""

from __future__ import annotations

import time

import numpy as np
from django.db import connection

from annotation.labelers.heads import Head
from annotation.models import Item, Project
from annotation.models.item import EMBEDDING_DIMENSIONS
from annotation.workflow.embedding import open_vectors, stored_vectors
from annotation.workflow.queueing import put_in_order
from annotation.workflow.ranking import doubt, priorities, ranked

BATCH = 1_000
FILL = """
UPDATE annotation_item item SET embedding =
    array(SELECT random() - 0.5 + item.id * 0 FROM generate_series(1, %s))::real[]::vector
FROM annotation_project project WHERE project.id = item.project_id AND project.slug = %s
"""


def fill_vectors(slug: str) -> None:
    """Vectors drawn at random: embedding 100,000 texts is not what is measured here."""
    with connection.cursor() as cursor:
        cursor.execute(FILL, [EMBEDDING_DIMENSIONS, slug])
        cursor.execute("VACUUM ANALYZE annotation_item")


def rescore(slug: str, seed: int) -> tuple[float, float]:
    """Seconds to read and score, and to put in order, with a head that nobody has seen before."""
    project, head = Project.objects.get(slug=slug), _head(seed)
    began = time.perf_counter()
    found = [(ids, doubt(head.probabilities(vectors))) for ids, vectors in open_vectors(project)]
    items, doubts = (np.concatenate(column) for column in zip(*found, strict=True))
    scored = time.perf_counter()

    def vectors_at(positions: np.ndarray) -> np.ndarray:
        wanted = items[positions].tolist()
        stored = stored_vectors(wanted)
        return np.array([stored[item] for item in wanted])

    order = priorities(ranked(doubts, vectors_at), np.full(len(items), np.nan))
    put_in_order(project, items.tolist(), order.tolist())
    return scored - began, time.perf_counter() - scored


def rescore_by_orm(slug: str, seed: int, rows: int) -> float:
    """Items per second."""
    head = _head(seed)
    began = time.perf_counter()
    items = list(Item.objects.filter(project__slug=slug).order_by("pk")[:rows])
    shares = head.probabilities(np.array([item.embedding for item in items]))
    for item, row in zip(items, shares, strict=True):
        item.priority = 1.0 - float(row.max())
    Item.objects.bulk_update(items, ["priority"], batch_size=BATCH)
    return rows / (time.perf_counter() - began)


def _head(seed: int) -> Head:
    draw = np.random.default_rng(seed)
    return Head(draw.normal(size=(4, EMBEDDING_DIMENSIONS)), np.zeros(4))
