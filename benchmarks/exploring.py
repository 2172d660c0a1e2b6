"""Fills a project in the database it is run on, and times the item list's pages. Runs inside `manage.py shell`."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from annotation.models import Item, ItemVector, Phrase, Project, User
from annotation.models.filters import Filters
from annotation.reports.ordering import Place, slice_of_items
from annotation.workflow.people import create_user
from annotation.workflow.projects import Definition, create_project
from benchmarks.readings import load, percentile

LIMIT = 200  # milliseconds
ITEMS = """
INSERT INTO annotation_item (
    project_id, fields, metadata, external_id, content_hash, stage, priority, split, audit, source, version, slots,
    taken, created_at, sureness, disagreement, facets
)
SELECT %(project)s,
    jsonb_build_object('text', (
        SELECT string_agg(CASE WHEN word < 3 THEN (ARRAY['please', 'order', 'parcel'])[word + 1]
            ELSE 'w' || (power(random(), 3) * 50000)::int + n * 0 END, ' ')
        FROM generate_series(0, 24) word
    ) || CASE WHEN n %% 20000 = 0 THEN ' needle' ELSE '' END || ' ' || n),
    jsonb_build_object('channel', (ARRAY['mail', 'chat', 'phone'])[1 + n %% 3], 'batch', n / 1000),
    'message-' || n, sha256(n::text::bytea),
    made.stage,
    random(), '', false, 'imported', 0, 1, 0, now() - interval '1 second' * (%(items)s - n),
    CASE WHEN n * 7 %% 10 > 1 THEN 0.34 + random() * 0.66 END,
    CASE WHEN n %% 4 = 0 THEN random() ELSE 0 END,
    CASE WHEN n * 7 %% 10 > 1 THEN ARRAY[
        made.stage || ':intent=' || CASE WHEN n %% 10000 = 1 THEN 'rare'
            ELSE (ARRAY['refund', 'delivery', 'other'])[1 + n %% 3] END,
        made.stage || CASE WHEN n %% 5 = 0 THEN ':@people' ELSE ':@model' END
    ] ELSE '{}' END
FROM generate_series(%(first)s, %(last)s) n, LATERAL (SELECT (ARRAY[
    'new', 'new', 'human', 'human', 'human', 'disputed', 'review', 'settled', 'settled', 'settled'
])[1 + n * 7 %% 10] AS stage) made
"""
CONSENSUS = """
INSERT INTO annotation_consensus (
    project_id, item_id, question, value, posterior, distribution, method, votes, decided_by, updated_at
)
SELECT project_id, id, 'intent', to_jsonb(split_part(facets[1], '=', 2)), sureness, '{}', 'majority', 3,
    split_part(facets[2], '@', 2), now()
FROM annotation_item WHERE project_id = %s AND facets <> '{}'
"""
# Around two hundred centres, as texts about two hundred matters are.
VECTORS = """
INSERT INTO annotation_itemvector (project_id, item_id, vector)
SELECT project_id, id, (
    SELECT l2_normalize(
        array_agg(sin(id %% 200 * 7.3 + axis * 1.7) + (random() - 0.5) + id * 0)::vector(384)::halfvec(384)
    )
    FROM generate_series(1, 384) axis
)
FROM annotation_item WHERE project_id = %s ORDER BY id LIMIT %s
"""
CHUNK = 50_000


def fill(project: Any, items: int, vectors: int) -> None:
    """Rows that look like a project half done."""
    with connection.cursor() as cursor:
        for first in range(1, items + 1, CHUNK):
            last = min(items, first + CHUNK - 1)
            cursor.execute(ITEMS, {"project": project.pk, "items": items, "first": first, "last": last})
        cursor.execute(CONSENSUS, [project.pk])
        if vectors:
            cursor.execute("DROP INDEX item_vector_nearest")
            cursor.execute(VECTORS, [project.pk, vectors])
            cursor.execute("SET maintenance_work_mem = '900MB'")
            cursor.execute(
                "CREATE INDEX item_vector_nearest ON annotation_itemvector USING hnsw (vector halfvec_cosine_ops) "
                "WITH (m = 16, ef_construction = 64)"
            )
        cursor.execute("VACUUM ANALYZE")


class Clock:
    """How long the database was asked for, in milliseconds."""

    def __init__(self) -> None:
        self.spent = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.spent += 1_000 * (time.perf_counter() - began)


def measure(ask: Callable[[], Any], repeats: int) -> tuple[float, float, float]:
    """(p50, p95, p95 of the database alone) in milliseconds, of warm pages."""
    taken, asked = [], []
    for _ in range(repeats + 2):
        clock = Clock()
        began = time.perf_counter()
        with connection.execute_wrapper(clock):
            ask()
        taken.append(1_000 * (time.perf_counter() - began))
        asked.append(clock.spent)
    return statistics.median(taken[2:]), percentile(taken[2:], 0.95), percentile(asked[2:], 0.95)


def run(items: int, vectors: int, repeats: int) -> int:
    """The table, printed line by line; how many pages are too slow."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    project = Project.objects.filter(name="Explorer").first()
    if project is None:
        lead = create_user("lead")
        question = {"name": "intent", "type": "choice", "options": ["refund", "delivery", "other", "rare"]}
        project = create_project(
            Definition("Explorer", [{"name": "text", "type": "text"}], [question]), user=lead, judge={"llm": "scripted"}
        )
        began = time.perf_counter()
        fill(project, items, vectors)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    client = Client()
    client.force_login(User.objects.get(username="lead"))
    address = f"/projects/{project.slug}/items/"

    def deep(order: str, **filters: str) -> Place | None:
        """Where page 1,000 begins."""
        asked = Filters(**filters)  # type: ignore[arg-type]
        return slice_of_items(project, asked, order=order, size=50 * 999).next

    cases: dict[str, dict[str, str]] = {
        "no filter": {},
        "stage": {"stage": "review"},
        "label, a third of all": {"label": "intent:refund"},
        "label, one in 10,000": {"label": "intent:rare"},
        "label and stage": {"label": "intent:refund", "stage": "settled"},
        "label, least sure first": {"label": "intent:refund", "order": "least_sure"},
        "decided by people": {"decided_by": "people"},
        "a word in every text": {"search": "parcel"},
        "a word in 50 texts": {"search": "needle"},
        "two words": {"search": "please needle"},
        "the beginning of a word": {"search": "needl"},
        "a word in every text, newest first": {"search": "parcel", "order": "newest"},
        "word and label": {"search": "parcel", "label": "intent:rare"},
        "stage, least sure first": {"stage": "human", "order": "least_sure"},
        "stage, most disagreed first": {"stage": "settled", "order": "most_disagreed"},
        "least sure first": {"order": "least_sure"},
        "next for people first": {"order": "priority"},
        "metadata, a third of all": {"metadata": "channel=mail"},
        "metadata, one in 1,000": {"metadata": "batch=7"},
        "sure from 0.9": {"sure_from": "0.9"},
    }
    for name, order, filters in (
        ("page 1,000", "oldest", {}),
        ("page 1,000, least sure first", "least_sure", {}),
        ("page 1,000 of a label", "oldest", {"label": "intent:refund"}),
        ("page 1,000 of a word", "oldest", {"search": "parcel"}),
        ("page 1,000 of a stage, most disagreed", "most_disagreed", {"stage": "settled"}),
    ):
        place = deep(order, **filters)
        if place is not None:
            cases[name] = {**filters, "order": order, "after": str(place)}
    if ItemVector.objects.exists():
        entry = ItemVector.objects.filter(project=project).order_by("pk")[500]
        Phrase.objects.update_or_create(text="where is my parcel", defaults={"vector": entry.vector})
        cases["by meaning"] = {"near": "where is my parcel"}
        cases["by meaning, of a label"] = {"near": "where is my parcel", "label": "intent:refund"}
        cases["by meaning, of a rare label"] = {"near": "where is my parcel", "label": "intent:rare"}
        cases["more like this"] = {"like": str(entry.pk)}
    one = Item.objects.filter(project=project).order_by("pk")[items // 2]
    slow = []
    print(f"| {Item.objects.filter(project=project).count():,} items | p50 ms | p95 ms | p95 of the database, ms |")
    print("|---|---:|---:|---:|")
    for name, asked in cases.items():

        def ask(asked: dict[str, str] = asked) -> None:
            response = client.get(address, asked)
            assert response.status_code == 200, response.status_code

        middle, high, database = measure(ask, repeats)
        slow += [name] if high >= LIMIT else []
        print(f"| {name} | {middle:.0f} | {high:.0f} | {database:.0f} |", flush=True)
    middle, high, database = measure(lambda: client.get(f"{address}{one.pk}/", {"order": "least_sure"}), repeats)
    print(f"| an item's page, with its neighbours | {middle:.0f} | {high:.0f} | {database:.0f} |")
    print(f"\nAbove {LIMIT} ms: {', '.join(slow) or 'none'} ({load()})")
    return len(slow)
