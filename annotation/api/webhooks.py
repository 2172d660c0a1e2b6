"""What other programs hear of a project. Their addresses are the administrators'."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import PROJECT_EVENTS, Webhook
from annotation.reports.outbox import subscribed
from annotation.workflow.targeting import send_test, subscribe

from .base import ProjectView
from .describing import describe
from .paging import listed, paged
from .shapes import Body, Empty, Text

EVENTS = ", ".join(PROJECT_EVENTS)


class SubscriptionRow(serializers.Serializer):
    name = serializers.CharField(help_text="Of the target.")
    events = serializers.ListField(child=serializers.CharField(), help_text=f"Some of {EVENTS}.")


class SubscriptionBody(Body):
    events = serializers.ListField(child=Text(max_length=40), max_length=100, help_text=f"All that it hears: {EVENTS}.")


class SubscriptionList(ProjectView):
    @describe("webhooks_list", "Targets, and what each hears of the project", {200: paged(SubscriptionRow)})
    def get(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        return listed(request, [_row(webhook, events) for webhook, events in subscribed(project)])


class WebhookView(ProjectView):
    def target(self) -> Webhook:
        webhook = Webhook.objects.filter(active=True, name=self.kwargs["name"]).first()
        if webhook is None:
            raise Http404("There is no such target.")
        return webhook


class SubscriptionDetail(WebhookView):
    @describe("webhooks_get", "What a target hears of the project", {200: SubscriptionRow})
    def get(self, request: Request, slug: str, name: str) -> Response:
        project, webhook = self.manager().project, self.target()
        return Response(_row(webhook, dict(subscribed(project)).get(webhook, [])))

    @describe(
        "webhooks_subscribe",
        "Say what a target hears of the project, in place of what it heard before",
        {200: SubscriptionRow},
        request=SubscriptionBody,
        sends={"events": ["import_done", "run_done"]},
    )
    def put(self, request: Request, slug: str, name: str) -> Response:
        project, webhook = self.manager().project, self.target()
        return Response(_row(webhook, subscribe(project, webhook, self.read(SubscriptionBody)["events"]).events))


class SubscriptionTest(WebhookView):
    @describe(
        "webhooks_test",
        "Send a target a message that tells of nothing; see deliveries",
        {202: SubscriptionRow},
        request=Empty,
    )
    def post(self, request: Request, slug: str, name: str) -> Response:
        project, webhook = self.manager().project, self.target()
        self.read(Empty)
        send_test(webhook, project=project)
        return Response(_row(webhook, dict(subscribed(project)).get(webhook, [])), status=202)


def _row(webhook: Webhook, events: list[str]) -> dict[str, Any]:
    return {"name": webhook.name, "events": events}
