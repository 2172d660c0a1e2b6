"""Fills a project with items and votes in the database it is run on, and times its dashboards. Runs inside `manage.py
shell`."""

from __future__ import annotations

import resource
import time
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import setup_test_environment
from django.urls import reverse

from annotation.models import Annotator, Project, User
from annotation.models.filters import Filters
from annotation.reports.figures.registry import BOARDS, KINDS, kinds_of
from annotation.workflow.enlisting import add_labeler
from annotation.workflow.measuring import find_stalled_measurements, measure
from annotation.workflow.people import create_user
from annotation.workflow.projects import Definition, create_project
from benchmarks.exploring import fill
from benchmarks.readings import load, percentile

LIMIT = 300  # milliseconds
NAME = "Dashboards"
OPTIONS = ["refund", "delivery", "other", "rare", "late"]
PEOPLE = 20
FILTERED = {"metadata": "channel=mail"}
# Two people and a model on most items; right four times out of five, over the last sixty days.
VOTES = """
INSERT INTO annotation_annotation (
    project_id, item_id, annotator_id, answers, distribution, confidence, rationale, raw_reply, suggestion_seen, shown,
    advice, as_check, schema_version, idempotency_key, created_at, seconds
)
SELECT item.project_id, item.id, voter.id,
    jsonb_build_object('intent', made.answer),
    CASE WHEN voter.kind = 'model' THEN jsonb_build_object('intent', jsonb_build_object(made.answer, 0.8, 'other', 0.2))
        ELSE '{}' END,
    0.8, '', '', item.id %% 3 = 0, '{}', false, false, 1, '',
    now() - interval '1 second' * ((%(items)s - (item.id - first.id)) * 50 + made.place),
    5 + random() * 30
FROM annotation_item item
CROSS JOIN (SELECT min(id) AS id FROM annotation_item WHERE project_id = %(project)s) first
CROSS JOIN LATERAL (
    SELECT place, (ARRAY['refund', 'delivery', 'other'])[
        1 + (item.id + CASE WHEN random() < 0.8 THEN 0 ELSE place END) %% 3
    ] AS answer
    FROM generate_series(0, 2) place
) made
JOIN LATERAL (
    SELECT id, kind FROM annotation_annotator
    WHERE id = CASE made.place WHEN 0 THEN %(model)s
        ELSE (%(people)s::bigint[])[1 + (item.id * 7 + made.place) %% %(count)s] END
) voter ON true
WHERE item.project_id = %(project)s
"""
SETTLED = """
UPDATE annotation_item SET settled_at = created_at + interval '1 hour', audit = id %% 10 = 0,
    created_at = now() - interval '50 seconds' * (%(items)s - (id - (
        SELECT min(id) FROM annotation_item WHERE project_id = %(project)s
    ))),
    gold = CASE WHEN id %% 100 = 0 THEN '{"intent": "refund"}'::jsonb END
WHERE project_id = %(project)s
"""
RUNS = """
INSERT INTO annotation_run (
    project_id, labeler_id, purpose, total, done, failed, tokens, cost, brief, state, error, created_at, started_at,
    finished_at
)
SELECT %(project)s, %(labeler)s, 'label', 500, 500, 0, 60000, 0.4, '{}', 'done', '', at, at, at
FROM (SELECT now() - interval '6 hours' * n AS at FROM generate_series(1, 200) n) made
"""


def make(items: int) -> Project:
    """All of it or nothing: whoever finds the project finds it filled."""
    question = {"name": "intent", "type": "choice", "title": "Intent", "options": OPTIONS}
    with transaction.atomic(), connection.cursor() as cursor:
        lead = create_user("lead")
        definition = Definition(NAME, [{"name": "text", "type": "text"}], [question], policy={"overlap": 3})
        project = create_project(definition, user=lead, judge={"llm": "scripted"})
        labeler = add_labeler(project, name="Robot", kind="prompted", config={"llm": "scripted"}, user=lead)
        model = Annotator.objects.get(labeler=labeler)
        people = [
            Annotator.objects.create(project=project, kind="human", name=f"person {number}") for number in range(PEOPLE)
        ]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        fill(project, items, 0)
        given = {
            "project": project.pk,
            "items": items,
            "model": model.pk,
            "labeler": labeler.pk,
            "people": [person.pk for person in people],
            "count": PEOPLE,
        }
        for sql in (VOTES, SETTLED, RUNS):
            began = time.perf_counter()
            cursor.execute(sql, given)
            print(f"{time.perf_counter() - began:6.1f} s  {' '.join(sql.split())[:90]}", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return project


def run(items: int, repeats: int) -> None:
    """Print a Markdown table."""
    # Its client is let in, and responses remember what they were made of.
    setup_test_environment()
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    project = Project.objects.filter(name=NAME).first() or make(items)
    client = Client()
    client.force_login(User.objects.get(username="lead"))
    print(f"\nBefore: {load()}\n")
    print("| figure | counted in | filtered by metadata |\n|---|---:|---:|")
    naive = {kind.name: [_counted(kind.measure, project, filters) for filters in (Filters(), Filters(**FILTERED))]
             for kind in KINDS.values()}  # fmt: skip
    for name, (whole, part) in naive.items():
        print(f"| {name} | {whole:.0f} ms | {part:.0f} ms |", flush=True)
    print("\n| page | p50 | p95 | counted for each reader |\n|---|---:|---:|---:|")
    slow = False
    for board in BOARDS:
        for place, asked in enumerate(({}, FILTERED)):
            address = reverse("dashboard", args=[project.slug, board])
            _prepare(client, address, asked)
            took = [_timed(client, address, asked) for _ in range(repeats)]
            whole = sum(naive[kind.name][place] for kind in kinds_of(board))
            p95 = percentile(took, 0.95)
            slow = slow or p95 > LIMIT
            name = f"{board}{', filtered' if asked else ''}"
            print(f"| {name} | {percentile(took, 0.5):.0f} ms | {p95:.0f} ms | {whole:.0f} ms |", flush=True)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nMost memory, counting and drawing in one process: {memory:.0f} MB. After: {load()}")
    print(f"{'Above' if slow else 'Within'} {LIMIT} ms at p95.")


def _prepare(client: Client, address: str, asked: dict[str, str]) -> None:
    """What a worker and the first reader's browser do: count the figures, and draw their charts."""
    client.get(address, asked)
    while pending := find_stalled_measurements():
        for pk in pending:
            measure(pk)
    for card in client.get(address, asked).context["cards"]:
        for chart in card.get("charts", ()):
            client.get(chart["url"])


def _counted(count: Any, project: Project, filters: Filters) -> float:
    began = time.perf_counter()
    count(project, filters)
    return 1_000 * (time.perf_counter() - began)


def _timed(client: Client, address: str, asked: dict[str, str]) -> float:
    began = time.perf_counter()
    response = client.get(address, asked)
    took = 1_000 * (time.perf_counter() - began)
    if response.status_code != 200 or b"figure-wait" in response.content:
        raise RuntimeError(f"{address} answers {response.status_code}, or is still being counted")
    return took
