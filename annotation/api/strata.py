"""Groups of generated items and how valid their labels are, what people do about single ones, and the survey's grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Candidate, Role
from annotation.reports.coverage import BY_PEOPLE_ALONE, coverage_of, rare_labels
from annotation.reports.memberships import projects_of
from annotation.reports.rationales import steps_of
from annotation.reports.strata import Stratum, strata_of
from annotation.workflow import access
from annotation.workflow.changing_many import change_now
from annotation.workflow.checking_rationales import check_rationale
from annotation.workflow.errors import Conflict
from annotation.workflow.gating import accept_stratum, open_stratum
from annotation.workflow.recipes import every_recipe
from annotation.workflow.rewriting import rewrite_item

from .base import ProjectView
from .changes import ChangeRow, render_changes
from .describing import describe
from .paging import listed, paged
from .shapes import Body, Flag, JsonObject, Text
from .synthesis import SynthesisView

GROUP = {"operation": "synonyms", "label": '{"intent": "refund"}'}
STRATUM = {
    **GROUP,
    "items": 400,
    "sampled": 60,
    "pending": 0,
    "checked": 60,
    "right": 58,
    "validity": 0.967,
    "low": 0.886,
    "high": 0.991,
    "waiting": 340,
    "accepted": 0,
}


class GroupBody(Body):
    operation = Text(max_length=100, allow_blank=True)
    label = Text(max_length=10_000, help_text="As GET strata/ says it.")


class FieldsBody(Body):
    fields = JsonObject(help_text="{name: value}; those left out stay.")


class StepsBody(Body):
    steps = serializers.ListField(
        child=Flag(), max_length=100, help_text="Of every step of the rationale, in order, whether it is right."
    )


class StratumRow(serializers.Serializer):
    operation = serializers.CharField()
    label = serializers.CharField(help_text="JSON of the answers that it was made to be; empty where none is checked.")
    items = serializers.IntegerField()
    sampled = serializers.IntegerField(help_text="Given to people first.")
    pending = serializers.IntegerField(help_text="Of the sample, still to be decided.")
    checked = serializers.IntegerField(help_text="Decided by people who did not see the label.")
    right = serializers.IntegerField(help_text="Of these, decided to be as intended.")
    validity = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Wilson's 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    waiting = serializers.IntegerField(help_text="Held until the sample is done.")
    accepted = serializers.IntegerField(help_text="Settled by what the sample showed.")


class OpenedRow(serializers.Serializer):
    opened = serializers.IntegerField(help_text="Items that people are given now.")


class RewrittenRow(serializers.Serializer):
    id = serializers.IntegerField()
    fields = serializers.DictField(child=serializers.JSONField())


class StepsRow(serializers.Serializer):
    steps = serializers.ListField(child=serializers.CharField())
    right = serializers.ListField(child=serializers.BooleanField())
    hinted = serializers.BooleanField(help_text="Whether its writer had been told the answer.")


class CellRow(serializers.Serializer):
    stage = serializers.CharField(help_text="Of a model's life.")
    cell = serializers.CharField(help_text="Where the survey files the method; empty: by people alone.")
    items = serializers.IntegerField(help_text="Settled, over all projects that you manage.")
    recipes = serializers.ListField(child=serializers.CharField(), help_text="What would fill it.")


class RareRow(serializers.Serializer):
    question = serializers.CharField()
    value = serializers.CharField()
    items = serializers.IntegerField()
    even = serializers.IntegerField(help_text="If all labels were equally common.")


class CoverageRow(serializers.Serializer):
    cells = CellRow(many=True)
    rare = RareRow(many=True)


class StratumList(SynthesisView):
    @describe(
        "syntheses_strata",
        "The run's items by operation and intended label, and how valid the labels are",
        {200: paged(StratumRow)},
        answers={"results": [STRATUM], "next": None},
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return listed(request, render_strata(strata_of([self.run().pk])))


class StratumAccept(SynthesisView):
    @describe(
        "syntheses_strata_accept",
        "Settle what waits of a group as intended, where its sample vouches for it: a change that can be taken back",
        {202: ChangeRow},
        request=GroupBody,
        sends=GROUP,
        answers={
            "id": 7,
            "action": "accept",
            "state": "pending",
            "undoing": False,
            "total": 340,
            "done": 0,
            "skipped": 0,
            "undone": 0,
            "error": "",
            "created_at": "2026-11-21T10:00:00Z",
            "finished_at": None,
        },
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        change = accept_stratum(self.run(), user=self.person, **self.read(GroupBody))
        change_now(change)
        change.refresh_from_db()
        return Response(render_changes([change])[0], status=202)


class StratumOpen(SynthesisView):
    @describe(
        "syntheses_strata_open",
        "Give what waits of a group to people",
        {200: OpenedRow},
        request=GroupBody,
        sends=GROUP,
        answers={"opened": 340},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        return Response({"opened": open_stratum(self.run(), user=self.person, **self.read(GroupBody))})


class ItemFields(ProjectView):
    @describe(
        "items_rewrite",
        "Put a generated text right before people answer it; its candidate keeps what the recipe wrote",
        {200: RewrittenRow},
        request=FieldsBody,
        sends={"fields": {"text": "Where is my parcel?"}},
        answers={"id": 5, "fields": {"text": "Where is my parcel?"}},
    )
    def put(self, request: Request, slug: str, pk: int) -> Response:
        item = access.get_item_for(self.manager(), pk)
        item = rewrite_item(item, self.read(FieldsBody)["fields"], user=self.person)
        return Response({"id": item.pk, "fields": item.fields})


class ItemRationale(ProjectView):
    @describe(
        "items_rationale_check",
        "Say which steps of a generated item's rationale are right",
        {200: StepsRow},
        request=StepsBody,
        sends={"steps": [True, False]},
        answers={"steps": ["The box came late.", "So it is lost."], "right": [True, False], "hinted": True},
    )
    def put(self, request: Request, slug: str, pk: int) -> Response:
        item = access.get_item_for(self.manager(), pk)
        found = Candidate.objects.select_related("run").filter(item=item.pk).first()
        steps = self.read(StepsBody)["steps"]
        if found is None:
            raise Conflict("This item was not generated.")
        check_rationale(found, steps, user=self.person)
        return Response({"steps": steps_of(found.rationale), "right": found.steps, "hinted": found.hinted})


class CoverageGrid(ProjectView):
    @describe(
        "coverage",
        "Settled items of all your projects by stage of a model's life and by method (arXiv 2410.12896), and the rare "
        "labels of this one",
        {200: CoverageRow},
        answers={
            "cells": [{"stage": "fine_tuning", "cell": "reformation", "items": 0, "recipes": ["eda"]}],
            "rare": [{"question": "intent", "value": "other", "items": 3, "even": 40}],
        },
    )
    def get(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        managed = [row.membership.project for row in projects_of(self.person) if row.membership.role == Role.MANAGER]
        recipes = every_recipe()
        cells = {recipe.name: recipe.cell.value for recipe in recipes}
        found = coverage_of(managed, cells).settled
        shown = dict.fromkeys([*cells.values(), *(cell for each in found.values() for cell in each)])
        return Response(
            {
                "cells": [
                    {
                        "stage": stage,
                        "cell": cell,
                        "items": settled.get(cell, 0),
                        "recipes": [each.name for each in recipes if each.cell == cell and stage in each.stages],
                    }
                    for stage, settled in found.items()
                    for cell in sorted({*shown, BY_PEOPLE_ALONE})
                ],
                "rare": [
                    {"question": each.question, "value": each.value, "items": each.items, "even": each.even}
                    for each in rare_labels(project)
                ],
            }
        )


def render_strata(strata: Sequence[Stratum]) -> list[dict[str, Any]]:
    names = ("operation", "label", "items", "sampled", "pending", "checked", "right", "waiting", "accepted")
    rows = []
    for each in strata:
        share, low, high = each.validity or (None, None, None)
        rows.append({name: getattr(each, name) for name in names} | {"validity": share, "low": low, "high": high})
    return rows
