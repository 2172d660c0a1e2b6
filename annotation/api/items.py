"""Items: add them as JSON, and look for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Consensus, Item, Project, Stage
from annotation.workflow import access
from annotation.workflow.adding import add_items

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, JsonObject, Text

LARGEST_LIST = 10_000

EXAMPLE = [
    {
        "fields": {"text": "Where is my parcel?"},
        "external_id": "message-17",
        "metadata": {"channel": "mail"},
        "gold": {"intent": "delivery"},
        "annotations": [{"annotator": "ada", "answers": {"intent": "delivery"}}],
    }
]


class BroughtAnnotation(Body):
    annotator = Text(max_length=150)
    answers = JsonObject()
    distribution = JsonObject(required=False, help_text="{question: {option: probability}}; makes it a model's.")
    rationale = Text(required=False, allow_blank=True)
    kind = Text(required=False, help_text="human or model")


class ItemBody(Body):
    """An entry; documentation only, `workflow/adding.py` judges each by itself."""

    fields = JsonObject(help_text="{field: text}")
    external_id = Text(required=False, allow_blank=True)
    metadata = JsonObject(required=False)
    gold = JsonObject(required=False, help_text="Hidden check answers: {question: value}.")
    annotations = BroughtAnnotation(many=True, required=False)


class RejectedEntry(serializers.Serializer):
    index = serializers.IntegerField(help_text="Place in the list, from 0.")
    reason = serializers.CharField()


class AddedItems(serializers.Serializer):
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = RejectedEntry(many=True)


class ConsensusShape(serializers.Serializer):
    value = serializers.JSONField()
    posterior = serializers.FloatField()
    method = serializers.CharField()
    votes = serializers.IntegerField()
    decided_by = serializers.CharField()


class ItemRow(serializers.Serializer):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField())
    metadata = serializers.DictField(child=serializers.JSONField())
    stage = serializers.CharField()
    priority = serializers.FloatField(help_text="Expected value of a human vote; higher comes first.")
    split = serializers.CharField()
    version = serializers.IntegerField(help_text="Counts decisions; send it with a resolution.")
    consensus = serializers.DictField(child=ConsensusShape(), help_text="{question: …}")
    created_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)


class ItemList(ProjectView):
    parameters = ("stage", "search", "label", *PARAMETERS)

    @describe(
        "items_list",
        "Find items (reviewers and managers)",
        {200: paged(ItemRow)},
        parameters=[
            OpenApiParameter("stage", enum=Stage.values),
            OpenApiParameter("search", description="Text that the item shows, or its external id."),
            OpenApiParameter("label", description="A consensus value: `refund` or `intent:refund`."),
            *DOCUMENTED,
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        project = self.reviewer().project
        return page(request, _chosen(project, request.query_params), render_items)

    @describe(
        "items_add",
        f"Add up to {LARGEST_LIST:,} items; bad ones come back with their reason",
        {201: AddedItems},
        request=ItemBody(many=True),
        sends=EXAMPLE,
        answers={"created": 1, "duplicates": 0, "rejected": []},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        return Response(asdict(add_items(project, _entries(request.data))), status=201)


class ItemDetail(ProjectView):
    @describe("items_get", "An item (reviewers and managers)", {200: ItemRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(render_items([access.get_item_for(self.reviewer(), pk)])[0])


def render_items(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Without gold: whoever reads this may annotate too."""
    consensus: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in Consensus.objects.filter(item__in=[item.pk for item in items]):
        consensus[row.item_id][row.question] = {
            "value": row.value,
            "posterior": row.posterior,
            "method": row.method,
            "votes": row.votes,
            "decided_by": row.decided_by,
        }
    return [
        {
            "id": item.pk,
            "external_id": item.external_id,
            "fields": item.fields,
            "metadata": item.metadata,
            "stage": item.stage,
            "priority": item.priority,
            "split": item.split,
            "version": item.version,
            "consensus": consensus[item.pk],
            "created_at": item.created_at,
            "settled_at": item.settled_at,
        }
        for item in items
    ]


def _entries(data: Any) -> list[Any]:
    if not isinstance(data, list):
        raise ValidationError("A list of items is expected, even for a single one.")
    if len(data) > LARGEST_LIST:
        raise ValidationError(
            f"At most {LARGEST_LIST:,} items at once, these are {len(data):,}; send several lists, or an import."
        )
    return data


def _chosen(project: Project, asked: Any) -> QuerySet[Item]:
    items = Item.objects.filter(project=project)
    if stage := asked.get("stage"):
        if stage not in Stage.values:
            raise ValidationError({"stage": [f"A stage is one of {', '.join(Stage.values)}."]})
        items = items.filter(stage=stage)
    if label := asked.get("label"):
        items = items.filter(Exists(_labelled(project, label)))
    return items.search(asked.get("search", ""))


def _labelled(project: Project, label: str) -> QuerySet[Consensus]:
    """Consensus rows of the item at hand with this value; of one question where `label` names it."""
    rows = Consensus.objects.filter(item=OuterRef("pk"))
    question, separator, value = label.partition(":")
    if separator and question in {each.name for each in project.question_list}:
        return rows.filter(question=question, value=value)
    return rows.filter(value=label)
