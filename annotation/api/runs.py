"""Runs: a model annotator at work on a project's items."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Membership, Piece, Run, RunItem
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.running import cancel_run, resume_run, start_run

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Empty, Number

EXAMPLE = {
    "id": 7,
    "labeler": 3,
    "labeler_name": "Bundled model v1",
    "purpose": "label",
    "state": "running",
    "total": 2000,
    "done": 512,
    "failed": 0,
    "tokens": 61440,
    "cost": 0.0,
    "budget": None,
    "items_per_second": 12.5,
    "eta": 119.0,
    "error": "",
    "created_at": "2026-11-21T10:00:00Z",
    "started_at": "2026-11-21T10:00:01Z",
    "finished_at": None,
}


class BudgetBody(Body):
    """`{}`, or no body at all, for a run without a budget."""

    budget = Number(
        required=False, allow_null=True, help_text="What the run may cost in all, in the currency of the prices."
    )


class RunRow(serializers.Serializer):
    id = serializers.IntegerField()
    labeler = serializers.IntegerField()
    labeler_name = serializers.CharField()
    purpose = serializers.CharField(help_text="label, judge, try or trial")
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    tokens = serializers.IntegerField()
    cost = serializers.FloatField()
    budget = serializers.FloatField(allow_null=True, help_text="The run stops before costing more.")
    items_per_second = serializers.FloatField(allow_null=True)
    eta = serializers.FloatField(allow_null=True, help_text="Seconds left; null until a rate is known.")
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class FailureRow(serializers.Serializer):
    item = serializers.IntegerField()
    reason = serializers.CharField()
    raw_reply = serializers.CharField(help_text="What the model said.")
    attempts = serializers.IntegerField()


class RunList(ProjectView):
    parameters = PARAMETERS

    @describe("runs_list", "Every run of a project, newest first", {200: paged(RunRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        runs = Run.objects.filter(project=self.reviewer().project).select_related("labeler")
        return page(request, runs, render_runs, newest_first=True)


class LabelerRunList(ProjectView):
    parameters = PARAMETERS

    @describe("labeler_runs_list", "A model annotator's runs", {200: paged(RunRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str, labeler: int) -> Response:
        found = access.get_labeler_for(self.reviewer(), labeler)
        runs = Run.objects.filter(labeler=found).select_related("labeler")
        return page(request, runs, render_runs, newest_first=True)

    @describe(
        "labeler_runs_start",
        "Ask the model for its vote on every open item it has not voted on",
        {202: RunRow},
        request=BudgetBody,
        sends={"budget": 5.0},
        answers=EXAMPLE,
    )
    def post(self, request: Request, slug: str, labeler: int) -> Response:
        found = access.get_labeler_for(self.manager(), labeler)
        budget = budget_in(self.read(BudgetBody))
        return Response(render_runs([start_run(found, user=self.person, budget=budget)])[0], status=202)


class RunView(ProjectView):
    """One run, addressed through the project or through its labeler."""

    def run_for(self, membership: Membership) -> Run:
        run = access.get_run_for(membership, self.kwargs["pk"])
        if self.kwargs.get("labeler", run.labeler_id) != run.labeler_id:
            raise Http404("No such run.")
        return run


class RunDetail(RunView):
    @describe("runs_get", "How a run is going", {200: RunRow}, answers=EXAMPLE)
    def get(self, request: Request, **address: Any) -> Response:
        return Response(render_runs([self.run_for(self.reviewer())])[0])


class RunCancel(RunView):
    @describe("runs_cancel", "Stop after the chunk in progress; the votes so far stay", {200: RunRow}, request=Empty)
    def post(self, request: Request, **address: Any) -> Response:
        run = self.run_for(self.manager())
        self.read(Empty)
        cancel_run(run)
        return Response(render_runs([self.run_for(self.manager())])[0])


class RunResume(RunView):
    @describe(
        "runs_resume",
        "Go on with a cancelled or failed run, with a larger budget where its own is spent",
        {202: RunRow},
        request=BudgetBody,
    )
    def post(self, request: Request, **address: Any) -> Response:
        run = self.run_for(self.manager())
        resume_run(run, budget=budget_in(self.read(BudgetBody)))
        return Response(render_runs([self.run_for(self.manager())])[0], status=202)


class RunFailures(RunView):
    parameters = PARAMETERS

    @describe("runs_failures", "Items without an answer, and why", {200: paged(FailureRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, **address: Any) -> Response:
        run = self.run_for(self.reviewer())
        return page(request, RunItem.objects.filter(run=run, state=Piece.FAILED), _render_failures)


def budget_in(body: dict[str, Any]) -> Decimal | None:
    """What a body says of money, exact to the digit."""
    given = body.get("budget")
    return None if given is None else Decimal(str(given))


def render_runs(runs: Sequence[Run]) -> list[dict[str, Any]]:
    rows = []
    for run in runs:
        progress = job_progress(run)
        rows.append(
            {
                "id": run.pk,
                "labeler": run.labeler_id,
                "labeler_name": str(run.labeler),
                "purpose": run.purpose,
                "state": run.state,
                "total": run.total,
                "done": run.done,
                "failed": run.failed,
                "tokens": run.tokens,
                "cost": float(run.cost),
                "budget": None if run.budget is None else float(run.budget),
                "items_per_second": progress.rate,
                "eta": progress.eta_seconds,
                "error": run.error,
                "created_at": run.created_at,
                "started_at": run.started_at,
                "finished_at": run.finished_at,
            }
        )
    return rows


def _render_failures(pieces: Sequence[RunItem]) -> list[dict[str, Any]]:
    return [
        {"item": each.item_id, "reason": each.reason, "raw_reply": each.raw_reply, "attempts": each.attempts}
        for each in pieces
    ]
