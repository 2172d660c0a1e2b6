"""Model annotators of a project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Labeler, Scope
from annotation.reports.samples import sample_items
from annotation.workflow import access
from annotation.workflow.enlisting import add_labeler, retire_labeler
from annotation.workflow.estimating import estimate_run
from annotation.workflow.previewing import preview_prompts

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, listed, page, paged
from .shapes import Body, Empty, JsonObject, Text, Whole

PREVIEWED = 3


class LabelerBody(Body):
    name = Text(max_length=100, help_text="A name that is taken makes a new version and retires the old one.")
    kind = Text(max_length=30, help_text="prompted, judge, …")
    config = JsonObject(
        required=False, help_text="`llm`: local, scripted, or a name from …/connections/; more by kind."
    )


class LabelerRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    kind = serializers.CharField()
    config = serializers.DictField(child=serializers.JSONField())
    active = serializers.BooleanField()
    created_at = serializers.DateTimeField()


class EstimateRow(serializers.Serializer):
    items = serializers.IntegerField(help_text="Open items that it has not voted on.")
    prompt = serializers.CharField(
        help_text="What it would be asked about the first of them; empty where it asks none."
    )
    requests = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost = serializers.FloatField(
        help_text="In the currency of the connection's prices; 0 for a model on this machine."
    )
    most = serializers.FloatField(
        help_text="Where the endpoint offers no log-probabilities and is asked several times."
    )
    connection = serializers.CharField(help_text="Empty for a model on this machine.")
    measured = serializers.IntegerField(help_text="Items of earlier runs it was measured on; 0: reckoned by length.")


class PreviewBody(Body):
    kind = Text(max_length=30)
    config = JsonObject(required=False)
    items = serializers.ListField(
        child=Whole(),
        required=False,
        max_length=PREVIEWED,
        help_text=f"At most {PREVIEWED}; without them some are drawn.",
    )
    seed = Whole(required=False, help_text="The same seed draws the same items.")


class PromptRow(serializers.Serializer):
    item = serializers.IntegerField()
    prompt = serializers.CharField(help_text="Empty for a kind that asks nothing.")


class LabelerList(ProjectView):
    parameters = PARAMETERS

    @describe("labelers_list", "The model annotators", {200: paged(LabelerRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        return page(request, Labeler.objects.filter(project=self.reviewer().project), _render)

    @describe(
        "labelers_add",
        "Add a model annotator, or a new version of one",
        {201: LabelerRow},
        request=LabelerBody,
        sends={"name": "Bundled model", "kind": "prompted", "config": {"llm": "local"}},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(LabelerBody)
        labeler = add_labeler(
            project, name=body["name"], kind=body["kind"], config=body.get("config", {}), user=self.person
        )
        return Response(_render([labeler])[0], status=201)


class LabelerPreview(ProjectView):
    writes = Scope.READ

    @describe(
        "labelers_preview",
        "In which words a model annotator with these settings would be asked; nothing is made or sent",
        {200: paged(PromptRow)},
        request=PreviewBody,
        sends={"kind": "prompted", "config": {"llm": "local"}, "items": [17]},
        answers={"results": [{"item": 17, "prompt": "Which topic fits this text best? …"}], "next": None},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(PreviewBody)
        items = sample_items(project, seed=body.get("seed", 1), ids=body.get("items", []), size=PREVIEWED)
        prompts = preview_prompts(project, body["kind"], body.get("config", {}), items)
        asked = zip(items, prompts, strict=True)
        return listed(request, [{"item": item.pk, "prompt": prompt} for item, prompt in asked])


class LabelerDetail(ProjectView):
    @describe("labelers_get", "A model annotator", {200: LabelerRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(_render([access.get_labeler_for(self.reviewer(), pk)])[0])

    @describe("labelers_retire", "No more work for this version; its votes stay", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        retire_labeler(access.get_labeler_for(self.manager(), pk), user=self.person)
        return Response(status=204)


class LabelerEstimate(ProjectView):
    writes = Scope.READ

    @describe(
        "labelers_estimate",
        "What a run would ask and cost; nothing is sent to the model",
        {200: EstimateRow},
        request=Empty,
        answers={
            "items": 2000,
            "prompt": "Which topic fits this text best? …",
            "requests": 2000,
            "tokens_in": 412000,
            "tokens_out": 14000,
            "cost": 0.0702,
            "most": 0.351,
            "connection": "team-vllm",
            "measured": 0,
        },
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        found = access.get_labeler_for(self.manager(), pk)
        self.read(Empty)
        estimate = estimate_run(found)
        return Response({**asdict(estimate), "cost": float(estimate.cost), "most": float(estimate.most)})


def _render(labelers: Sequence[Labeler]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.pk,
            "name": each.name,
            "version": each.version,
            "kind": each.kind,
            "config": each.config,
            "active": each.active,
            "created_at": each.created_at,
        }
        for each in labelers
    ]
