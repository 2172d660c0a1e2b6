"""Fills a project in the database it is run on with votes, and times its fit. Runs inside `manage.py shell`."""

from __future__ import annotations

import resource
import time

from django.db import connection

from annotation.models import Annotator, Consensus, Fitting, Item, JobState, Project
from annotation.workflow.annotating import submit
from annotation.workflow.fitting import fit_votes, request_fitting
from annotation.workflow.fitting_votes import fit_questions
from annotation.workflow.people import add_member, create_user
from annotation.workflow.projects import Definition, create_project
from annotation.workflow.queueing import claim
from benchmarks.readings import Reading, load, machine, percentile, table

OPTIONS = ["refund", "delivery", "complaint", "praise", "other"]
PEOPLE, VOTES = 20, 3
# Item n is of class n % 5. Person k is right with 0.95 less 0.025 k, and otherwise says the next class.
ITEMS = """
INSERT INTO annotation_item (
    project_id, fields, metadata, external_id, content_hash, stage, priority, split, audit, source, version, slots,
    taken, created_at, disagreement, facets, wanted
)
SELECT %(project)s, jsonb_build_object('text', 'message ' || n), '{}', 'message-' || n, sha256(n::text::bytea), 'human',
    0, '', false, 'imported', 0, %(slots)s, %(votes)s, now(), 0, '{}', 0
FROM generate_series(1, %(items)s) n
"""
ANSWERS = """
INSERT INTO annotation_annotation (
    project_id, item_id, annotator_id, answers, distribution, rationale, raw_reply, suggestion_seen, shown, advice,
    as_check, schema_version, idempotency_key, created_at
)
SELECT %(project)s, item.id, (%(people)s::bigint[])[1 + who.k], jsonb_build_object('intent', (%(options)s::text[])[
        1 + (n + CASE WHEN random() < 0.95 - 0.025 * who.k THEN 0 ELSE 1 END) %% 5
    ]), '{}', '', '', false, '{}', false, false, 1, '', now()
FROM (SELECT id, split_part(external_id, '-', 2)::int AS n FROM annotation_item WHERE project_id = %(project)s) item,
    LATERAL (SELECT (item.n * 7 + vote * 3) %% 20 AS k FROM generate_series(1, %(votes)s) vote) who
"""
# As `advance` leaves it: the share of the votes.
CONSENSUS = """
INSERT INTO annotation_consensus (
    project_id, item_id, question, value, posterior, distribution, method, votes, decided_by, updated_at
)
SELECT %(project)s, item_id, 'intent', to_jsonb((array_agg(said ORDER BY share DESC, said))[1]), max(share),
    jsonb_object_agg(said, share), 'majority', %(votes)s, 'people', now()
FROM (
    SELECT item_id, answers->>'intent' AS said, count(*)::float / %(votes)s AS share
    FROM annotation_annotation WHERE project_id = %(project)s GROUP BY 1, 2
) counted GROUP BY item_id
"""


def run(items: int, answers: int) -> None:
    """The table."""
    print(machine())
    project, answering = _make(items)
    found = [Reading(f"majority: {_right(project)}", [0.0], "")]
    before = _answers(answering, answers)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    ((_, learned),) = fit_questions(project)
    fitted = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    found.append(Reading(f"read and fit {learned.votes:,} votes", [fitted], "s", f"{grown:.0f} MB more, {load()}"))
    fitting = request_fitting(project, user=None)
    began = time.perf_counter()
    fit_votes(fitting.pk)
    fitting = Fitting.objects.get(pk=fitting.pk)
    assert fitting.state == JobState.DONE, fitting.error
    note = f"{fitting.changed:,} items changed, {load()}"
    found.append(Reading(f"the whole job over {items:,} items", [time.perf_counter() - began], "s", note))
    after = _answers(answering, answers)
    for share in (50, 95):
        now, then = ([percentile(each, share / 100)] for each in (after, before))
        found.append(Reading(f"an answer, fused by matrices, p{share}", now, "ms", load(), then, "by majority"))
    found.append(Reading(f"fitted: {_right(project)}", [0.0], ""))
    print(table(found))


def _make(items: int) -> tuple[Project, Annotator]:
    lead = create_user("lead")
    project = create_project(
        Definition(
            name="Fused",
            fields=[{"name": "text", "type": "text"}],
            questions=[{"name": "intent", "type": "choice", "title": "Intent", "options": OPTIONS}],
            policy={"overlap": VOTES + 2, "audit_share": 0},
        ),
        user=lead,
        judge={"llm": "scripted"},
    )
    add_member(project, create_user("answering"), "annotator", by=lead)
    people = [Annotator.objects.create(project=project, kind="human", name=f"person {k}").pk for k in range(PEOPLE)]
    given = {"project": project.pk, "items": items, "people": people, "votes": VOTES, "options": OPTIONS}
    given["slots"] = VOTES + 2
    with connection.cursor() as cursor:
        for sql in (ITEMS, ANSWERS, CONSENSUS):
            cursor.execute(sql, given)
        cursor.execute("VACUUM ANALYZE")
    return project, Annotator.objects.select_related("project").get(project=project, user__username="answering")


def _answers(annotator: Annotator, count: int) -> list[float]:
    """[count] milliseconds that a submit takes, without the web around it."""
    taken = []
    for _ in range(count):
        lease = claim(annotator)
        assert lease is not None
        began = time.perf_counter()
        submit(assignment=lease, answers={"intent": OPTIONS[0]})
        taken.append(1_000 * (time.perf_counter() - began))
    return taken[count // 10 :]


def _right(project: Project) -> str:
    rows = Consensus.objects.filter(project=project).values_list("item__external_id", "value").order_by("item")
    total = Item.objects.filter(project=project).count()
    right = sum(OPTIONS[int(name.partition("-")[2]) % 5] == value for name, value in rows.iterator())
    return f"{right / total:.4f} of the labels right"
