"""Items: add them as JSON, and look for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import BulkAction, Consensus, Item, Project
from annotation.models.filters import MEANING_LENGTH, Filters, InvalidFilter, clean_order
from annotation.reports.meaning import nearest, vector_of
from annotation.reports.ordering import InvalidPlace, in_order, parse_place, slice_of_items
from annotation.workflow import access
from annotation.workflow.adding import add_items
from annotation.workflow.changing_many import request_change
from annotation.workflow.correcting import correct_item
from annotation.workflow.finding import look_for, want_meaning

from .base import ProjectView
from .changes import ChangeRow, render_changes
from .describing import describe
from .filtering import FILTERS, filter_parameters, read_filters
from .paging import DOCUMENTED, PARAMETERS, listed, paged, read_limit
from .shapes import Body, JsonObject, Text

LARGEST_LIST = 10_000

# Of a list.
EXAMPLE = {
    "fields": {"text": "Where is my parcel?"},
    "external_id": "message-17",
    "metadata": {"channel": "mail"},
    "gold": {"intent": "delivery"},
    "annotations": [{"annotator": "ada", "answers": {"intent": "delivery"}}],
}


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
    annotations = BroughtAnnotation(
        many=True, required=False, help_text="An item that is there already gains those of annotators it has none of."
    )


class ItemChange(Body):
    metadata = JsonObject(required=False, help_text="These keys are set, those with null removed; the others stay.")
    external_id = Text(required=False, allow_blank=True, max_length=200)


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


class SimilarRow(ItemRow):
    similarity = serializers.FloatField(required=False, help_text="0 to 100; where `near` or `like` was asked.")


class NotYet(APIException):
    """What a model has to read first."""

    status_code = 503
    wait = 2


class ItemList(ProjectView):
    parameters = (*FILTERS, "order", "near", "like", *PARAMETERS)

    @describe(
        "items_list",
        "Find items (reviewers and managers); all filters have to fit",
        {200: paged(SimilarRow)},
        parameters=[*filter_parameters(), *DOCUMENTED],
    )
    def get(self, request: Request, slug: str) -> Response:
        membership = self.reviewer()
        project, asked = membership.project, request.query_params
        filters = read_filters(asked, membership)
        if asked.get("near") or asked.get("like"):
            return listed(request, _nearest(project, filters, asked))
        order = _checked(clean_order, asked.get("order", ""))
        limit = read_limit(request)
        try:
            after = parse_place(asked["cursor"], order) if asked.get("cursor") else None
        except InvalidPlace as error:
            raise ValidationError({"cursor": [str(error)]}) from error
        found = slice_of_items(project, filters, order=order, after=after, size=limit)
        return listed(request, render_items(in_order(found.items)), found.next)

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

    @describe(
        "items_correct",
        "Correct what is written beside an item (managers); what it says stays, because people have answered that",
        {200: ItemRow},
        request=ItemChange,
        sends={"metadata": {"channel": "phone", "campaign": None}},
    )
    def patch(self, request: Request, slug: str, pk: int) -> Response:
        item = access.get_item_for(self.manager(), pk)
        return Response(render_items([correct_item(item, **self.read(ItemChange), user=self.person)])[0])

    @describe(
        "items_delete",
        "Delete an item (managers), as a change of many: it can be taken back for 30 days",
        {202: ChangeRow},
    )
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        item = access.get_item_for(membership, pk)
        change = request_change(membership.project, action=BulkAction.DELETE, among=[item.pk], user=self.person)
        return Response(render_changes([change])[0], status=202)

    def lock(self) -> None:
        Item.objects.select_for_update(no_key=True, of=("self",)).filter(pk=self.kwargs["pk"]).first()


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


def _nearest(project: Project, filters: Filters, asked: Any) -> list[dict[str, Any]]:
    """The nearest by meaning, most alike first; in no pages, because distances have no end."""
    if asked.get("order") or asked.get("cursor"):
        raise ValidationError({"order": ["The nearest come in the order of their similarity, on one page."]})
    beside = None
    if sentence := asked.get("near"):
        if len(sentence) > MEANING_LENGTH:
            raise ValidationError({"near": [f"This has at most {MEANING_LENGTH} characters."]})
        phrase = look_for(project, sentence.strip())
        vector = phrase.vector
    else:
        raw = asked["like"]
        known = raw.isascii() and raw.isdigit() and len(raw) < 19
        beside = Item.objects.filter(project=project, pk=raw).first() if known else None
        if beside is None:
            raise ValidationError({"like": ["This project has no item with this number."]})
        want_meaning(project)
        vector = vector_of(beside)
    if vector is None:
        raise NotYet("A model has to read this first; ask again in a moment.")
    found = nearest(project, vector, filters, beside=beside.pk if beside else None)
    similarity = dict(found)
    rows = render_items(in_order([pk for pk, _ in found]))
    return [{**row, "similarity": similarity[row["id"]]} for row in rows]


def _checked(read: Any, raw: str) -> Any:
    try:
        return read(raw)
    except InvalidFilter as error:
        raise ValidationError({name: [message] for name, message in error.errors.items()}) from error
