"""Experiments on a project's data: start one, watch it, take its report away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Experiment
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.experimenting import (
    MOST_SEEDS,
    Order,
    cancel_experiment,
    delete_experiment,
    every_experiment,
    file_of,
    request_experiment,
    resume_experiment,
)

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, listed, page, paged
from .runs import budget_in
from .shapes import Body, Empty, Number, Text, Whole

EXAMPLE = {"experiment": "eda", "setting": "small", "seeds": 3, "question": "intent"}


class KindRow(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    settings = serializers.ListField(child=serializers.CharField())
    needs_data = serializers.BooleanField(help_text="Whether it takes the project's labelled texts.")
    asks_model = serializers.BooleanField()


class ExperimentBody(Body):
    experiment = Text(max_length=50, help_text="A name from experiment-kinds/.")
    setting = Text(required=False, max_length=20, help_text="How thoroughly: one of its settings (default: the first).")
    seeds = Whole(required=False, help_text=f"How often with other lots drawn, 1 to {MOST_SEEDS}.")
    question = Text(required=False, allow_blank=True, max_length=63, help_text="Whose answers are the labels.")
    llm = Text(required=False, max_length=100, help_text="A name from connections/, or local (default).")
    budget = Number(required=False, allow_null=True, help_text="It stops before costing more.")


class ExperimentRow(serializers.Serializer):
    id = serializers.IntegerField()
    experiment = serializers.CharField()
    version = serializers.IntegerField()
    setting = serializers.CharField()
    seeds = serializers.IntegerField()
    question = serializers.CharField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    total = serializers.IntegerField(help_text="Steps.")
    done = serializers.IntegerField()
    percent = serializers.FloatField()
    cost = serializers.FloatField()
    budget = serializers.FloatField(allow_null=True)
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class ExperimentShape(ExperimentRow):
    report = serializers.JSONField(
        help_text="All that is needed to do it again and to compare: parameters, seeds, data, libraries, value."
    )


class KindList(ProjectView):
    @describe("experiments_kinds", "The experiments that there are", {200: paged(KindRow)})
    def get(self, request: Request, slug: str) -> Response:
        self.manager()
        return listed(
            request,
            [
                {
                    "name": each.name,
                    "title": str(each.title),
                    "summary": str(each.summary),
                    "settings": list(each.settings),
                    "needs_data": each.needs_data,
                    "asks_model": each.asks_model,
                }
                for each in every_experiment()
            ],
        )


class ExperimentList(ProjectView):
    parameters = PARAMETERS

    @describe("experiments_list", "Experiments, the newest first", {200: paged(ExperimentRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        rows = Experiment.objects.filter(project=self.manager().project).defer("value", "parameters", "data")
        return page(request, rows, _render, newest_first=True)

    @describe("experiments_start", "Start one, as a job", {202: ExperimentRow}, request=ExperimentBody, sends=EXAMPLE)
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(ExperimentBody)
        order = Order(body.pop("experiment"), **{**body, "budget": budget_in(body)})
        return Response(_render([request_experiment(project, order, user=self.person)])[0], status=202)


class ExperimentView(ProjectView):
    def experiment(self, pk: int) -> Experiment:
        return access.get_experiment_for(self.manager(), pk)


class ExperimentDetail(ExperimentView):
    @describe("experiments_get", "How it goes, and all that it came to", {200: ExperimentShape})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        row = self.experiment(pk)
        return Response({**_render([row])[0], "report": file_of(row)})

    @describe("experiments_delete", "Delete it with its report, for good", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        delete_experiment(self.experiment(pk))
        return Response(status=204)


class ExperimentCancel(ExperimentView):
    @describe("experiments_cancel", "Stop; steps that are done stay", {200: ExperimentRow}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        row = self.experiment(pk)
        self.read(Empty)
        cancel_experiment(row)
        return Response(_render([self.experiment(pk)])[0])


class ExperimentResume(ExperimentView):
    @describe("experiments_resume", "Go on with one that stopped", {202: ExperimentRow}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        row = self.experiment(pk)
        self.read(Empty)
        resume_experiment(row)
        return Response(_render([self.experiment(pk)])[0], status=202)


def _render(rows: Sequence[Experiment]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.pk,
            "experiment": each.name,
            "version": each.version,
            "setting": each.setting,
            "seeds": each.seeds,
            "question": each.question,
            "state": each.state,
            "total": each.total,
            "done": each.done,
            "percent": job_progress(each).percent,
            "cost": float(each.cost),
            "budget": None if each.budget is None else float(each.budget),
            "error": each.error,
            "created_at": each.created_at,
            "finished_at": each.finished_at,
        }
        for each in rows
    ]
