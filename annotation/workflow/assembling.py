"""A project's items as the records that a snapshot freezes, each label with whom it rests on."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from annotation.exchange import Shape
from annotation.models import (
    Annotation,
    Annotator,
    AnnotatorKind,
    Consensus,
    DecidedBy,
    Item,
    Project,
    Resolution,
    Stage,
)
from annotation.models.consensus import AMBIGUOUS
from annotation.models.selection import select

from .terms import Terms, parse_stored

PAGE = 2_000
METADATA_KEYS = 200
COLUMNS = ("pk", "external_id", "stage", "split", "source", "family", "content_hash")
# As text: what Django does with each value takes longer than to parse it.
DOCUMENTS = {f"{name}_text": Cast(name, TextField()) for name in ("fields", "metadata", "gold")}
# Where a page's items lie further apart than this, most of what lies between them is not wanted.
SPARSE = 3
# Answers that are no longer than this are mostly the same few, such as {"intent": "refund"}.
OFTEN = 200
FORMER_MEMBER = "a former member"
WHOLE = Terms()

Record = dict[str, Any]

_DECODER = json.JSONDecoder()


@dataclass(slots=True)
class Assembled:
    """An item's record, and what decides whether and where it leaves.

    `family` is the root's id, its own for a root; `votes`: what was answered, also where the record leaves it out.
    """

    item: int
    family: int
    source: str
    content_hash: bytes
    record: Record
    votes: list[Record]


def items_to_export(project: Project, filters: Mapping[str, Any]) -> QuerySet[Item]:
    """`filters` as a snapshot stores them: those of the item list, and `stage` a list. Raises Refused."""
    items = select(project, parse_stored(filters, project))
    return items.filter(stage__in=filters["stage"]) if filters.get("stage") else items


def shape_of(project: Project) -> Shape:
    """What a flat file needs to know beforehand; of the metadata the first METADATA_KEYS keys by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_object_keys(metadata) AS key FROM annotation_item WHERE project_id = %s "
            "ORDER BY key LIMIT %s",
            [project.pk, METADATA_KEYS],
        )
        keys = sorted(row[0] for row in cursor.fetchall())
    soft = Consensus.objects.filter(project=project, method=AMBIGUOUS).order_by().values_list("question", flat=True)
    found = set(soft.distinct())
    named = tuple(question.name for question in project.question_list if question.name in found)
    return replace(quick_shape_of(project), metadata=tuple(keys), soft=named)


def quick_shape_of(project: Project) -> Shape:
    """The same by the project alone, for what must not read its items: without metadata, and with firm labels."""
    return Shape(
        fields=tuple(project.field_names),
        questions=tuple(question.name for question in project.question_list),
        shown=tuple(project.fields),
        asked=tuple(project.question_list),
        name=project.name,
        guidelines=project.guidelines,
    )


def assemble(project: Project, items: QuerySet[Item], terms: Terms = WHOLE) -> Iterator[list[Assembled]]:
    """Pages of items in order of import. Queries per page, not per item. Call inside a transaction."""
    names = _Names(project, pseudonyms=terms.pseudonyms)
    # A cursor on the server: filters are worked out once, however many pages there are.
    rows = items.order_by("pk").values(*COLUMNS, **DOCUMENTS).iterator(chunk_size=PAGE)
    while page := list(islice(rows, PAGE)):
        first, last = page[0]["pk"], page[-1]["pk"]
        # By range where that is dense: two thousand parameters cost more than the rows between them.
        if last - first < SPARSE * len(page):
            within: dict[str, Any] = {"item_id__gte": first, "item_id__lte": last, "project": project}
        else:
            within = {"item_id__in": [row["pk"] for row in page], "project": project}
        annotations = _annotations(within, names)
        labels, decisions = _labels(within, annotations, names)
        yield [
            Assembled(
                row["pk"],
                row["family"] or row["pk"],
                row["source"],
                bytes(row["content_hash"]),
                _record(row, labels[row["pk"]], annotations[row["pk"]], decisions.get(row["pk"]), terms),
                annotations[row["pk"]],
            )
            for row in page
        ]


def pseudonym_of(name: str, project: Project) -> str:
    """The same pseudonym in every snapshot of the project; nobody without the site's key can guess whose it is."""
    key = f"{settings.SECRET_KEY}:snapshots:{project.pk}".encode()
    return f"person-{hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:10]}"


class _Names:
    """Who is called what: annotators by id, reviewers by their account's name."""

    def __init__(self, project: Project, *, pseudonyms: bool) -> None:
        self._project, self._pseudonyms = project, pseudonyms
        found = Annotator.objects.filter(project=project).values_list("pk", "name", "kind")
        self.annotators = {
            pk: (self.person(name) if kind == AnnotatorKind.HUMAN else name, kind) for pk, name, kind in found
        }

    def person(self, name: str) -> str:
        return pseudonym_of(name, self._project) if self._pseudonyms else name


def _record(
    row: Mapping[str, Any],
    labels: dict[str, Any],
    annotations: list[Record],
    decision: Record | None,
    terms: Terms,
) -> Record:
    record = {
        "id": row["pk"],
        "external_id": row["external_id"],
        "fields": _kept(_parsed(row["fields_text"]), terms.fields),
        "metadata": _kept(_parsed(row["metadata_text"]), terms.metadata),
        "stage": row["stage"],
        "split": row["split"],
        "source": row["source"],
        # A value that is not settled is an opinion, not a label.
        "labels": _kept(labels, terms.questions) if row["stage"] == Stage.SETTLED else {},
        "annotations": _asked(annotations, terms.questions) if terms.annotations else [],
    }
    if row["family"]:
        record["family"] = row["family"]
    if decision and any(label["decided_by"] == DecidedBy.REVIEWER for label in record["labels"].values()):
        record["decision"] = decision
    if terms.gold and row["gold_text"] and (gold := _parsed(row["gold_text"])):
        record["gold"] = _kept(gold, terms.questions)
    return record


def _kept(values: dict[str, Any], names: Sequence[str] | None) -> dict[str, Any]:
    return values if names is None else {name: values[name] for name in names if name in values}


def _asked(annotations: list[Record], questions: Sequence[str] | None) -> list[Record]:
    if questions is None:
        return annotations
    return [
        {
            **each,
            "answers": _kept(each["answers"], questions),
            "distribution": _kept(each["distribution"], questions),
        }
        for each in annotations
    ]


def _annotations(within: Mapping[str, Any], names: _Names) -> dict[int, list[Record]]:
    """Current answers and advice by item."""
    annotations: dict[int, list[Record]] = defaultdict(list)
    found = Annotation.objects.on_record().filter(**within).order_by("item_id", "pk")
    for item, who, answers, distribution, confidence, rationale, seconds, at, advice in found.values_list(
        "item_id",
        "annotator",
        Cast("answers", TextField()),
        Cast("distribution", TextField()),
        "confidence",
        "rationale",
        "seconds",
        Cast("created_at", TextField()),
        "advice",
    ):
        name, kind = names.annotators[who]
        annotations[item].append(
            {
                "annotator": name,
                "kind": kind,
                "answers": _parsed(answers),
                "distribution": _parsed(distribution),
                "confidence": confidence,
                "rationale": rationale,
                "seconds": seconds,
                "at": datetime.fromisoformat(at).isoformat(),
                "advice": advice,
            }
        )
    return annotations


def _labels(
    within: Mapping[str, Any], annotations: Mapping[int, list[Record]], names: _Names
) -> tuple[dict[int, dict[str, Any]], dict[int, Record]]:
    """Consensus by item and question, and the reviewers' decisions by item."""
    found = Resolution.objects.filter(**within).order_by("pk")
    decisions = {
        item: {"by": names.person(name or entered or FORMER_MEMBER), "comment": comment, "at": at.isoformat()}
        for item, name, entered, comment, at in found.values_list(
            "item_id", "reviewer__username", "reviewer_name", "comment", "created_at"
        )
    }
    labels: dict[int, dict[str, Any]] = defaultdict(dict)
    rows = Consensus.objects.filter(**within).order_by("item_id", "question")
    for item, question, value, posterior, method, votes, decided_by, shares in rows.values_list(
        "item_id",
        "question",
        Cast("value", TextField()),
        "posterior",
        "method",
        "votes",
        "decided_by",
        Cast("distribution", TextField()),
    ):
        value = _parsed(value)
        labels[item][question] = {
            "value": value,
            "posterior": posterior,
            "method": method,
            "votes": votes,
            "decided_by": decided_by,
            "by": [decisions[item]["by"]]
            if decided_by == DecidedBy.REVIEWER and item in decisions
            else _voters_for(question, value, annotations.get(item, ())),
        }
        if method == AMBIGUOUS:
            labels[item][question]["distribution"] = _parsed(shares)
    return labels, decisions


def _parsed(text: str) -> Any:
    """JSON as the database writes it. What is said again and again is parsed once; nobody changes what is shared."""
    return _parsed_often(text) if len(text) <= OFTEN else _DECODER.raw_decode(text)[0]


@lru_cache(maxsize=4_096)
def _parsed_often(text: str) -> Any:
    return _DECODER.raw_decode(text)[0]


def _voters_for(question: str, value: Any, annotations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whom a label that nobody decided rests on: everyone who voted for it."""
    return [each["annotator"] for each in annotations if each["answers"].get(question) == value and not each["advice"]]
