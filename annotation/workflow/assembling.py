"""A project's items as the records that a file format writes, each label with whom it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from annotation.exchange import Shape
from annotation.models import Annotation, Consensus, DecidedBy, Item, Project, Resolution, Stage
from annotation.models.consensus import AMBIGUOUS

PAGE = 2_000
METADATA_KEYS = 200
COLUMNS = ("pk", "external_id", "fields", "metadata", "stage", "split", "source", "content_hash")

Record = dict[str, Any]


def items_to_export(project: Project, filters: Mapping[str, Any]) -> QuerySet[Item]:
    """`filters` as a snapshot stores them: {} or {"stage": [stage, …]}."""
    items = Item.objects.filter(project=project)
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
    questions = tuple(question.name for question in project.question_list)
    soft = Consensus.objects.filter(project=project, method=AMBIGUOUS).order_by().values_list("question", flat=True)
    found = set(soft.distinct())
    return Shape(
        fields=tuple(project.field_names),
        questions=questions,
        metadata=tuple(keys),
        soft=tuple(name for name in questions if name in found),
        shown=tuple(project.fields),
        asked=tuple(project.question_list),
        name=project.name,
        guidelines=project.guidelines,
    )


def assemble(project: Project, items: QuerySet[Item]) -> Iterator[tuple[bytes, Record]]:
    """(content hash, record) of every item, in order of import. Queries per page of items, not per item."""
    last = 0
    while page := list(items.filter(pk__gt=last).order_by("pk").values(*COLUMNS)[:PAGE]):
        # By range, not by a list of ids: two thousand parameters cost more than the rows between them.
        rows = {"item_id__gte": page[0]["pk"], "item_id__lte": page[-1]["pk"], "project": project}
        annotations = _annotations(rows)
        labels = _labels(rows, annotations)
        for row in page:
            yield bytes(row["content_hash"]), _record(row, labels[row["pk"]], annotations[row["pk"]])
        last = page[-1]["pk"]


def _record(row: Mapping[str, Any], labels: dict[str, Any], annotations: list[dict[str, Any]]) -> Record:
    return {
        "id": row["pk"],
        "external_id": row["external_id"],
        "fields": row["fields"],
        "metadata": row["metadata"],
        "stage": row["stage"],
        "split": row["split"],
        "source": row["source"],
        # A value that is not settled is an opinion, not a label.
        "labels": labels if row["stage"] == Stage.SETTLED else {},
        "annotations": annotations,
    }


def _annotations(rows: Mapping[str, Any]) -> dict[int, list[dict[str, Any]]]:
    """Current answers and advice by item."""
    annotations: dict[int, list[dict[str, Any]]] = defaultdict(list)
    found = Annotation.objects.on_record().filter(**rows).order_by("item_id", "pk")
    for item, name, kind, answers, distribution, confidence, at, advice in found.values_list(
        "item_id",
        "annotator__name",
        "annotator__kind",
        "answers",
        "distribution",
        "confidence",
        "created_at",
        "advice",
    ):
        annotations[item].append(
            {
                "annotator": name,
                "kind": kind,
                "answers": answers,
                "distribution": distribution,
                "confidence": confidence,
                "at": at.isoformat(),
                "advice": advice,
            }
        )
    return annotations


def _labels(rows: Mapping[str, Any], annotations: Mapping[int, list[dict[str, Any]]]) -> dict[int, dict[str, Any]]:
    """Consensus by item and question."""
    decisions = Resolution.objects.filter(**rows).order_by("pk").values_list("item_id", "reviewer__username")
    reviewers = {item: name or "a former member" for item, name in decisions}
    labels: dict[int, dict[str, Any]] = defaultdict(dict)
    found = Consensus.objects.filter(**rows).order_by("item_id", "question")
    for item, question, value, posterior, method, votes, decided_by, shares in found.values_list(
        "item_id", "question", "value", "posterior", "method", "votes", "decided_by", "distribution"
    ):
        labels[item][question] = {
            "value": value,
            "posterior": posterior,
            "method": method,
            "votes": votes,
            "decided_by": decided_by,
            "by": [reviewers[item]]
            if decided_by == DecidedBy.REVIEWER
            else _voters_for(question, value, annotations.get(item, ())),
        }
        if method == AMBIGUOUS:
            labels[item][question]["distribution"] = shares
    return labels


def _voters_for(question: str, value: Any, annotations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whom a label that nobody decided rests on: everyone who voted for it."""
    return [each["annotator"] for each in annotations if each["answers"].get(question) == value and not each["advice"]]
