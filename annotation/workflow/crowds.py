"""A project's votes in columns: read in a constant number of queries, three hundred thousand in a second."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import connection

from annotation.aggregation.crowd import Crowd
from annotation.aggregation.knowing_spans import Reading
from annotation.models import Annotator, Project, Resolution
from annotation.models.item import Item
from annotation.questions import Answer, Question, type_of

# Votes on normal work, and answers to hidden checks: those are no votes, but they tell about whoever gave them. Where
# models may settle items alone, audits are their examination, and teach nobody.
SAID = """
FROM annotation_annotation answer JOIN annotation_item item ON item.id = answer.item_id
WHERE answer.project_id = %(project)s AND answer.superseded_at IS NULL AND NOT answer.advice
  AND (NOT answer.as_check OR item.gold ? %(question)s) AND answer.answers ? %(question)s
  AND NOT (item.audit AND %(examined)s)
"""
# -1 is what is no option any more.
ONE = f"""
COPY (
    SELECT answer.item_id, answer.annotator_id,
           (coalesce(array_position(%(options)s::text[], answer.answers->>%(question)s), 0) - 1)::bigint
    {SAID}
) TO STDOUT (FORMAT BINARY)
"""
# The options that were chosen, as bits.
ANY = f"""
COPY (
    SELECT answer.item_id, answer.annotator_id, (
        SELECT coalesce(sum(1::bigint << (array_position(%(options)s::text[], chosen) - 1)), 0)::bigint
        FROM jsonb_array_elements_text(answer.answers->%(question)s) chosen
    )
    {SAID}
) TO STDOUT (FORMAT BINARY)
"""
PARTS = f"""
SELECT answer.item_id, answer.annotator_id, answer.answers->%(question)s
{SAID}
ORDER BY answer.item_id, answer.id
"""
# Texts with their answers, those that tell about annotators first, and else by lot: any number is a fair sample.
MARKS = f"""
SELECT item.id, coalesce(item.fields->>%(field)s, ''),
       jsonb_agg(jsonb_build_array(answer.annotator_id, answer.answers->%(question)s) ORDER BY answer.id)
{SAID}
GROUP BY item.id
ORDER BY (count(*) > 1 OR item.id = ANY(%(known)s)) DESC, hashint8(item.id), item.id
"""
# PostgreSQL's binary format: a header of 19 bytes, then per row the number of columns, and each with its length.
HEADER, TRAILER = 19, 2
ROW = np.dtype(
    [("columns", ">i2"), ("a", ">i4"), ("item", ">i8"), ("b", ">i4"), ("who", ">i8"), ("c", ">i4"), ("said", ">i8")]
)
# So many options fit into the bits of one column.
MOST_BITS = 60


@dataclass(frozen=True, slots=True)
class Columns:
    """Votes on one question. `items`, `who`: int64 [v], ids; `said`: int64 [v], the option's place, or bits of places.

    `known`: {item: its known answer}, a reviewer's above the uploaded one.
    """

    items: np.ndarray
    who: np.ndarray
    said: np.ndarray
    known: dict[int, Answer]


def read_columns(
    project: Project, question: Question, options: tuple[str, ...], *, known: dict[int, Answer]
) -> Columns:
    """The votes on a question that has options, `options` alone; at most MOST_BITS of them where any can be chosen."""
    statement = ONE if type_of(question).exclusive else ANY
    with (
        connection.cursor() as cursor,
        cursor.copy(statement, {**_parameters(project, question), "options": list(options)}) as copied,
    ):
        data = b"".join(bytes(block) for block in copied)
    rows = np.frombuffer(data, ROW, count=(len(data) - HEADER - TRAILER) // ROW.itemsize, offset=HEADER)
    items, who, said = (rows[name].astype(np.int64) for name in ("item", "who", "said"))
    valid = said >= 0
    return Columns(items[valid], who[valid], said[valid], known)


def read_parts(project: Project, question: Question) -> Iterator[tuple[int, int, Answer]]:
    """(item, annotator, answer) of a question of any type, item by item; of a million votes, some at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(PARTS, _parameters(project, question))
        while rows := cursor.fetchmany(5_000):
            yield from ((item, who, json.loads(answer)) for item, who, answer in rows)


def read_marks(project: Project, question: Question, *, known: Mapping[int, Answer], most: int) -> list[Reading]:
    """The texts of a question that marks spans, and who marked what: of about `most` characters of text, drawn by lot
    where there are more. Those that several answered, or whose spans are known, come before all others."""
    readings, characters = [], 0
    parameters = {**_parameters(project, question), "field": question.settings["field"], "known": list(known)}
    with connection.chunked_cursor() as cursor:
        cursor.execute(MARKS, parameters)
        for item, text, votes in cursor:
            readings.append(Reading(item, text, json.loads(votes), known.get(item)))
            characters += len(text)
            if characters >= most:
                break
    return readings


def known_answers(project: Project) -> dict[str, dict[int, Answer]]:
    """Question → item → what is known to be right: gold answers, and above them what reviewers decided."""
    found: dict[str, dict[int, Answer]] = {question.name: {} for question in project.question_list}
    gold = Item.objects.filter(project=project, gold__isnull=False)
    if project.min_human == 0:
        gold = gold.filter(audit=False)
    for item, answers in gold.values_list("pk", "gold").iterator():
        _note(found, item, answers or {})
    decided = Resolution.objects.filter(project=project).order_by("item_id", "-pk").distinct("item_id")
    for item, answers, ambiguous in decided.values_list("item_id", "answers", "ambiguous").iterator():
        # Of what is ambiguous, nobody knows it.
        if not ambiguous:
            _note(found, item, answers)
    return found


def crowd_of(
    columns: Columns, classes: dict[str, int], question: Question, heard: set[int]
) -> tuple[Crowd, np.ndarray]:
    """The votes of the annotators in `heard` on a question with one answer, and [annotators] their ids."""
    chosen = np.isin(columns.who, np.fromiter(heard, np.int64, len(heard)))
    keys = type_of(question).keys
    known = {
        item: classes[keys(question, answer)[0]]
        for item, answer in columns.known.items()
        if keys(question, answer)[:1] and keys(question, answer)[0] in classes
    }
    return _crowd(columns.items[chosen], columns.who[chosen], columns.said[chosen], known, len(classes))


def option_crowd(columns: Columns, place: int, option: str, heard: set[int]) -> tuple[Crowd, np.ndarray]:
    """The same of one option among several: whether it was chosen."""
    chosen = np.isin(columns.who, np.fromiter(heard, np.int64, len(heard)))
    known = {item: int(option in answer) for item, answer in columns.known.items()}
    return _crowd(columns.items[chosen], columns.who[chosen], columns.said[chosen] >> place & 1, known, 2)


def kinds(project: Project) -> dict[int, tuple[bool, str, float]]:
    """Annotator → (human, name, weight)."""
    rows = Annotator.objects.filter(project=project).values_list("pk", "kind", "name", "weight")
    return {pk: (kind == "human", name, weight) for pk, kind, name, weight in rows}


def _note(found: dict[str, dict[int, Answer]], item: int, answers: Mapping[str, Answer]) -> None:
    for name, answer in answers.items():
        if name in found:
            found[name][item] = answer


def _crowd(
    items: np.ndarray, who: np.ndarray, said: np.ndarray, known: dict[int, int], labels: int
) -> tuple[Crowd, np.ndarray]:
    found, item_index = np.unique(items, return_inverse=True)
    people, who_index = np.unique(who, return_inverse=True)
    clamped = np.full(len(found), -1, np.int32)
    if known:
        places = np.searchsorted(found, np.fromiter(known, np.int64, len(known)))
        answers = np.fromiter(known.values(), np.int64, len(known))
        inside = places < len(found)
        inside[inside] &= found[places[inside]] == np.fromiter(known, np.int64, len(known))[inside]
        clamped[places[inside]] = answers[inside]
    crowd = Crowd(
        items=item_index.astype(np.int32),
        annotators=who_index.astype(np.int32),
        votes=said.astype(np.int32),
        item_count=len(found),
        annotator_count=len(people),
        label_count=labels,
        clamped=clamped,
    )
    return crowd, people


def _parameters(project: Project, question: Question) -> dict[str, Any]:
    return {"project": project.pk, "question": question.name, "examined": project.min_human == 0}
