"""The log of a project: who or what changed what, and why."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Event, Membership, Verb
from annotation.reports.naming import actors_of, hides_names
from annotation.workflow import access

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged


class EventRow(serializers.Serializer):
    id = serializers.IntegerField()
    verb = serializers.CharField(help_text=", ".join(Verb.values))
    actor = serializers.CharField(help_text="A name, or “an annotator” where review is anonymous; empty: nobody did.")
    item = serializers.IntegerField(allow_null=True)
    data = serializers.DictField(child=serializers.JSONField(), help_text="Empty where review is anonymous.")
    at = serializers.DateTimeField()


class EventList(ProjectView):
    parameters = ("verb", "item", *PARAMETERS)

    @describe(
        "events_list",
        "What happened, the newest first (reviewers and managers)",
        {200: paged(EventRow)},
        parameters=[
            OpenApiParameter("verb", enum=Verb.values, description="Only these."),
            OpenApiParameter("item", int, description="Only about this item."),
            *DOCUMENTED,
        ],
    )
    def get(self, request: Request, slug: str) -> Response:
        membership = self.reviewer()
        events = Event.objects.filter(project=membership.project).select_related("user", "annotator")
        if verb := request.query_params.get("verb"):
            if verb not in Verb.values:
                raise ValidationError({"verb": ["There is no such verb."]})
            events = events.filter(verb=verb)
        if (raw := request.query_params.get("item")) is not None:
            if not (raw.isascii() and raw.isdigit() and len(raw) < 19):
                raise ValidationError({"item": ["This must be the number of an item."]})
            events = events.filter(item=access.get_item_for(membership, int(raw)))
        return page(request, events, partial(_render, membership), newest_first=True)


def _render(membership: Membership, events: Sequence[Event]) -> list[dict[str, Any]]:
    actors, hidden = actors_of(membership, events), hides_names(membership)
    return [
        {
            "id": each.pk,
            "verb": each.verb,
            "actor": actors.get(each.pk, ""),
            "item": each.item_id,
            "data": {} if hidden else each.data,
            "at": each.at,
        }
        for each in events
    ]
