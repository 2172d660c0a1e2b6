"""Many decisions in one request, each by itself."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Item, Scope
from annotation.questions import InvalidAnswer
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.reviewing import COMMENT_LENGTH, resolve

from .base import ProjectView
from .describing import describe
from .paging import listed, paged
from .shapes import Body, Flag, JsonObject, Text, Whole

MOST = 200


class DecisionEntry(Body):
    item = Whole()
    version = Whole(help_text="The item's version that you looked at.")
    answers = JsonObject(required=False, help_text="{question: value}")
    comment = Text(required=False, allow_blank=True, max_length=COMMENT_LENGTH)
    ambiguous = Flag(required=False)
    distribution = JsonObject(required=False)
    merge = JsonObject(required=False)


class DecisionList(Body):
    """`entries` are read one by one: what is wrong with one of them leaves the others alone."""

    entries = serializers.ListField(child=JsonObject(), max_length=MOST, help_text=f"At most {MOST}.")


class EntryOutcome(serializers.Serializer):
    index = serializers.IntegerField(help_text="Place in the list, from 0.")
    item = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=["resolved", "conflict", "refused"])
    resolution = serializers.IntegerField(allow_null=True, help_text="Its number.")
    detail = serializers.CharField(help_text="Why not; else empty.")
    current = serializers.DictField(help_text="After a conflict: how the item stands now.")


class ResolutionList(ProjectView):
    writes = Scope.ANNOTATE

    @describe(
        "resolutions_add",
        f"Decide on up to {MOST} items, each with its own answer; the answer says what became of each",
        {200: paged(EntryOutcome)},
        request=DecisionList,
        sends={
            "entries": [
                {"item": 4, "version": 2, "answers": {"intent": "refund"}},
                {"item": 9, "version": 3, "merge": {"intent": "majority"}},
            ]
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.reviewer().project
        entries = self.read(DecisionList)["entries"]
        numbers = [each["item"] for each in entries if type(each.get("item")) is int and 0 < each["item"] < 2**63]
        items = Item.objects.filter(project=project).in_bulk(numbers)
        for item in items.values():
            item.project = project
        return listed(request, [{"index": index, **self._decide(items, each)} for index, each in enumerate(entries)])

    def _decide(self, items: dict[int, Item], raw: dict[str, Any]) -> dict[str, Any]:
        outcome: dict[str, Any] = {"item": None, "status": "refused", "resolution": None, "detail": "", "current": {}}
        body = DecisionEntry(data=raw)
        if not body.is_valid():
            field, messages = next(iter(body.errors.items()))
            return {**outcome, "detail": f"{field}: {messages[0]}"}
        entry = body.validated_data
        number = entry.pop("item")
        outcome["item"] = number
        if number not in items:
            return {**outcome, "detail": "No such item."}
        try:
            decided = resolve(item=items[number], reviewer=self.person, answers=entry.pop("answers", {}), **entry)
        except Conflict as error:
            return {**outcome, "status": "conflict", "detail": str(error), "current": error.current}
        except InvalidAnswer as error:
            return {**outcome, "detail": f"{error.question}: {error}"}
        except Refused as error:
            return {**outcome, "detail": str(error)}
        return {**outcome, "status": "resolved", "resolution": decided.pk}
