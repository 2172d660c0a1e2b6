"""Fills a project in the database it is run on, and times the item list's pages. Runs inside `manage.py shell`.

What a page takes of processors is told beside what it takes by the clock: it stays the same whoever else is at work.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
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
    ) || CASE WHEN n %% 20000 = 0 THEN ' needle' ELSE '' END
    || CASE WHEN n > 0.95 * %(items)s THEN ' recall' ELSE '' END || ' ' || n),
    jsonb_build_object('channel', (ARRAY['mail', 'chat', 'phone'])[1 + n %% 3], 'batch', n / 1000),
    'message-' || n, sha256(n::text::bytea),
    made.stage,
    random(), '', false, 'imported', 0, 1, 0, now() - interval '1 second' * (%(items)s - n),
    CASE WHEN n * 7 %% 10 > 1 THEN 0.34 + random() * 0.66 END,
    CASE WHEN n %% 4 = 0 THEN random() ELSE 0 END,
    CASE WHEN n * 7 %% 10 > 1 THEN ARRAY[
        made.stage || ':intent=' || CASE WHEN n %% 10000 = 1 THEN 'rare'
            WHEN n > 0.95 * %(items)s AND n %% 2 = 0 THEN 'late'
            ELSE (ARRAY['refund', 'delivery', 'other'])[1 + n %% 3] END,
        made.stage || CASE WHEN n %% 5 = 0 THEN ':@people' ELSE ':@model' END
    ] ELSE '{}' END
FROM generate_series(1, %(items)s) n, LATERAL (SELECT (ARRAY[
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
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = ANY(%s) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)
"""
REFERENCES = """
SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
"""
WORDS = """
INSERT INTO annotation_itemsearch (item_id, project_id, words, facts)
SELECT id, project_id, annotation_item_words(fields, external_id), annotation_item_facts(metadata)
FROM annotation_item WHERE project_id = %s
"""
FILLED = ["annotation_item", "annotation_itemsearch", "annotation_consensus", "annotation_itemvector"]


def make(items: int, vectors: int) -> Project:
    """All of it or nothing: whoever finds the project finds it filled."""
    question = {"name": "intent", "type": "choice", "options": ["refund", "delivery", "other", "rare", "late"]}
    with transaction.atomic(), connection.cursor() as cursor:
        lead = create_user("lead")
        project = create_project(
            Definition("Explorer", [{"name": "text", "type": "text"}], [question]), user=lead, judge={"llm": "scripted"}
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        fill(project, items, vectors)
    with connection.cursor() as cursor:
        _timed(cursor, "VACUUM ANALYZE")
    return project


def fill(project: Any, items: int, vectors: int) -> None:
    """Rows that look like a project half done. Indexes and references are put back when all rows are there."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL maintenance_work_mem = '900MB'")
        cursor.execute(INDEXES, [FILLED])
        indexes = cursor.fetchall()
        cursor.execute(REFERENCES, [FILLED])
        references = cursor.fetchall()
        for name, table, _ in references:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("ALTER TABLE annotation_item DISABLE TRIGGER annotation_item_added")
        for sql, given in (
            (ITEMS, {"project": project.pk, "items": items}),
            (WORDS, [project.pk]),
            (CONSENSUS, [project.pk]),
            (VECTORS, [project.pk, vectors]),
        ):
            _timed(cursor, sql, given)
        cursor.execute("ALTER TABLE annotation_item ENABLE TRIGGER annotation_item_added")
        for _, sql in indexes:
            _timed(cursor, sql)
        for name, table, sql in references:
            _timed(cursor, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {sql}')


def _timed(cursor: Any, sql: str, given: Any = None) -> None:
    began = time.perf_counter()
    cursor.execute(sql, given)
    print(f"{time.perf_counter() - began:6.1f} s  {' '.join(sql.split())[:90]}", flush=True)


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


@dataclass(frozen=True, slots=True)
class Taken:
    """Of one page, in milliseconds: from asking to having it, in the database, and on processors, ours and its."""

    whole: float
    database: float
    working: float


def measure(ask: Callable[[], Any], repeats: int) -> list[Taken]:
    """Of warm pages."""
    taken = []
    for _ in range(repeats + 2):
        clock, working, began = Clock(), _working(), time.perf_counter()
        with connection.execute_wrapper(clock):
            ask()
        whole = 1_000 * (time.perf_counter() - began)
        taken.append(Taken(whole, clock.spent, _working() - working))
    return taken[2:]


def _working() -> float:
    """Milliseconds that this process and the one that serves it in the database were on a processor."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    on_processor, _, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return 1_000 * time.process_time() + int(on_processor) / 1e6


def _line(name: str, taken: list[Taken]) -> str:
    whole, database, working = ([getattr(each, part) for each in taken] for part in ("whole", "database", "working"))
    figures = (statistics.median(whole), percentile(whole, 0.95), percentile(database, 0.95), percentile(working, 0.95))
    return f"| {name} | {' | '.join(f'{figure:.0f}' for figure in figures)} |"


def run(items: int, vectors: int, repeats: int) -> int:
    """The table, printed line by line; how many pages are too slow."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    project = Project.objects.filter(name="Explorer").first()
    if project is None:
        began = time.perf_counter()
        project = make(items, vectors)
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
        "label of the last items": {"label": "intent:late"},
        "label of the last items, least sure first": {"label": "intent:late", "order": "least_sure"},
        "label and stage": {"label": "intent:refund", "stage": "settled"},
        "label, least sure first": {"label": "intent:refund", "order": "least_sure"},
        "decided by people": {"decided_by": "people"},
        "a word in every text": {"search": "parcel"},
        "a word in 50 texts": {"search": "needle"},
        "a word of the last items": {"search": "recall"},
        "no such word": {"search": "nonesuch"},
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
        "metadata of the last items": {"metadata": f"batch={items // 1000 - 1}"},
        "sure from 0.9": {"sure_from": "0.9"},
        "sure from 0.9, of a label": {"sure_from": "0.9", "label": "intent:refund"},
        "disagreement from 0.999": {"disagreement": "0.999"},
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
    neighbours: tuple[str, dict[str, str]] = (f"{address}{one.pk}/", {"order": "least_sure"})
    slow = []
    # In one process, so that its time on processors is all there is.
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    count = Item.objects.filter(project=project).count()
    print(f"| {count:,} items | p50 ms | p95 ms | p95 of the database, ms | p95 on processors, ms |")
    print("|---|---:|---:|---:|---:|")
    for name, asked in cases.items():

        def ask(asked: dict[str, str] = asked) -> None:
            response = client.get(address, asked)
            assert response.status_code == 200, response.status_code

        taken = measure(ask, repeats)
        slow += [name] if percentile([each.whole for each in taken], 0.95) >= LIMIT else []
        print(_line(name, taken), flush=True)
    print(_line("an item's page, with its neighbours", measure(lambda: client.get(*neighbours), repeats)))
    print(f"\nAbove {LIMIT} ms: {', '.join(slow) or 'none'} ({load()})")
    return len(slow)
