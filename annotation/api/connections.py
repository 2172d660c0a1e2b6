"""The connections that model annotators of a project can name. Their addresses and keys are the administrators'."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Connection

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged


class ConnectionRow(serializers.Serializer):
    name = serializers.CharField(help_text="For `config.llm` of a model annotator.")
    kind = serializers.CharField(help_text="openai, or ml_backend for labelers of that kind.")
    model = serializers.CharField()
    concurrency = serializers.IntegerField(help_text="Requests at a time.")
    price_in = serializers.FloatField(help_text="Per million tokens read.")
    price_out = serializers.FloatField(help_text="Per million tokens written.")


class ConnectionList(ProjectView):
    parameters = PARAMETERS

    @describe(
        "connections_list",
        "Models behind endpoints, as the site's administrators defined them",
        {200: paged(ConnectionRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request, slug: str) -> Response:
        self.manager()
        return page(request, Connection.objects.filter(active=True), _render)


def _render(connections: Sequence[Connection]) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "kind": each.kind,
            "model": each.model,
            "concurrency": each.concurrency,
            "price_in": float(each.price_in),
            "price_out": float(each.price_out),
        }
        for each in connections
    ]
