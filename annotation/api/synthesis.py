"""Recipes, their runs, and where generated items come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Asking, Candidate, Fate, Membership, Scope, SynthesisRun
from annotation.reports.jobs import job_progress
from annotation.reports.synthesis import Provenance, find_provenance, funnel_of
from annotation.workflow import access
from annotation.workflow.commissioning import Commission
from annotation.workflow.errors import Refused
from annotation.workflow.planning_synthesis import plan_synthesis
from annotation.workflow.recipes import describe_recipe, every_recipe, get_recipe
from annotation.workflow.synthesizing import cancel_synthesis, request_synthesis, resume_synthesis

from .base import ProjectView
from .describing import describe
from .filtering import read_filters
from .paging import DOCUMENTED, PARAMETERS, listed, page, paged
from .runs import BudgetBody, budget_in
from .shapes import Empty
from .synthesis_shapes import (
    RUN,
    WISHES,
    CandidateRow,
    PlanRow,
    ProvenanceRow,
    RecipeRow,
    RequestRow,
    SynthesisBody,
    SynthesisRow,
)


class RecipeList(ProjectView):
    @describe("recipes_list", "The recipes that can make items", {200: paged(RecipeRow)})
    def get(self, request: Request, slug: str) -> Response:
        self.manager()
        return listed(request, [describe_recipe(recipe) for recipe in every_recipe()])


class SynthesisList(ProjectView):
    parameters = PARAMETERS

    @describe("syntheses_list", "The runs of recipes, newest first", {200: paged(SynthesisRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        return page(request, self.manager().project.synthesis_runs.all(), render_syntheses, newest_first=True)

    @describe(
        "syntheses_start",
        "Let a recipe make items",
        {202: SynthesisRow},
        request=SynthesisBody,
        sends=WISHES,
        answers=RUN,
    )
    def post(self, request: Request, slug: str) -> Response:
        membership = self.manager()
        wanted = _commission(self.read(SynthesisBody), membership)
        run = request_synthesis(membership.project, wanted, user=self.person)
        return Response(render_syntheses([run])[0], status=202)


class SynthesisPlan(ProjectView):
    writes = Scope.READ

    @describe(
        "syntheses_plan",
        "What a recipe would ask and make, and about what it would cost; no model is asked",
        {200: PlanRow},
        request=SynthesisBody,
        sends=WISHES,
        answers={
            "seeds": 100,
            "labelled": 100,
            "documents": 0,
            "requests": 200,
            "tokens_in": 38000,
            "tokens_out": 51200,
            "cost": 0.0123,
            "measured": 0,
            "prompts": [{"role": "generator", "llm": "team-vllm", "prompt": "Rephrase the text: …"}],
            "candidates": [],
            "warnings": [],
        },
    )
    def post(self, request: Request, slug: str) -> Response:
        membership = self.manager()
        plan = plan_synthesis(membership.project, _commission(self.read(SynthesisBody), membership))
        return Response({**asdict(plan), "cost": float(plan.cost)})


class SynthesisView(ProjectView):
    def run(self) -> SynthesisRun:
        return access.get_synthesis_run_for(self.manager(), self.kwargs["pk"])


class SynthesisDetail(SynthesisView):
    @describe("syntheses_get", "How a run is going", {200: SynthesisRow}, answers=RUN)
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(render_syntheses([self.run()])[0])


class SynthesisCancel(SynthesisView):
    @describe("syntheses_cancel", "Stop after the step in progress; the items stay", {200: SynthesisRow}, request=Empty)
    def post(self, request: Request, slug: str, pk: int) -> Response:
        run = self.run()
        self.read(Empty)
        cancel_synthesis(run)
        return Response(render_syntheses([self.run()])[0])


class SynthesisResume(SynthesisView):
    @describe(
        "syntheses_resume",
        "Go on with a cancelled or failed run, with a larger budget where its own is spent; nothing is paid for twice",
        {202: SynthesisRow},
        request=BudgetBody,
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        run = self.run()
        resume_synthesis(run, budget=budget_in(self.read(BudgetBody)))
        return Response(render_syntheses([self.run()])[0], status=202)


class CandidateList(SynthesisView):
    parameters = (*PARAMETERS, "fate")

    @describe(
        "syntheses_candidates",
        "Everything that a run proposed, and what became of it",
        {200: paged(CandidateRow)},
        parameters=[*DOCUMENTED, OpenApiParameter("fate", enum=Fate.values, description="Those alone.")],
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        rows = self.run().candidates.all()
        if fate := request.query_params.get("fate"):
            if fate not in Fate.values:
                raise ValidationError({"fate": [f"This is one of {', '.join(Fate.values)}."]})
            rows = rows.filter(fate=fate)
        return page(request, rows, render_candidates)


class RequestList(SynthesisView):
    parameters = PARAMETERS

    @describe(
        "syntheses_requests",
        "Every request of a run, with its prompt and its reply",
        {200: paged(RequestRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return page(request, Asking.objects.filter(run=self.run()).select_related("call"), render_requests)


class ItemProvenance(ProjectView):
    @describe(
        "items_provenance",
        "Where a generated item comes from (managers, because it tells what it was made to be); 204 for others",
        {200: ProvenanceRow, 204: None},
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        provenance = find_provenance(access.get_item_for(self.manager(), pk))
        if provenance is None:
            return Response(status=204)
        return Response(_render_provenance(provenance))


def _commission(body: dict[str, Any], membership: Membership) -> Commission:
    roles = body.get("roles", {})
    if wrong := [str(role)[:40] for role, config in roles.items() if not isinstance(config, dict)]:
        raise ValidationError({f"roles.{wrong[0]}": ["This must be an object with “llm”."]})
    given = {name: body[name] for name in ("seed_limit", "balance", "seed", "amount", "licence") if name in body}
    return Commission(
        recipe=body["recipe"],
        parameters=body.get("parameters", {}),
        filters=read_filters(body.get("filters", {}), membership),
        documents=tuple(body.get("documents", ())),
        roles=roles,
        budget=budget_in(body),
        **given,
    )


def render_syntheses(runs: Sequence[SynthesisRun]) -> list[dict[str, Any]]:
    return [
        {
            "id": run.pk,
            "recipe": run.recipe,
            "recipe_version": run.recipe_version,
            "state": run.state,
            "parameters": run.parameters,
            "filters": run.filters,
            "seeds": len(run.drawn["seeds"]),
            "roles": run.roles,
            "seed": run.seed,
            "amount": run.amount,
            "licence": run.licence,
            "expected": run.expected,
            "requested": run.requested,
            "cached": run.cached,
            "funnel": [
                {"step": step.name, "count": step.count, "lost": step.lost, "filter": step.filter}
                for step in funnel_of(run, _filters(run))
            ],
            "items": run.kept,
            "tokens_in": run.tokens_in,
            "tokens_out": run.tokens_out,
            "cost": float(run.cost),
            "budget": None if run.budget is None else float(run.budget),
            "eta": job_progress(run).eta_seconds,
            "error": run.error,
            "created_at": run.created_at,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
        }
        for run in runs
    ]


def _filters(run: SynthesisRun) -> tuple[str, ...]:
    try:
        return get_recipe(run.recipe).filters
    except Refused:
        return ()


def render_candidates(candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
    names = ("number", "fate", "reason", "dropped_by", "operation", "fields", "answers", "metadata", "rationale")
    more = ("hinted", "parents", "family", "requests", "verdicts", "raw", "duplicate_of")
    return [
        {"id": each.pk, **{name: getattr(each, name) for name in (*names, *more)}, "item": each.item_id}
        for each in candidates
    ]


def render_requests(askings: Sequence[Asking]) -> list[dict[str, Any]]:
    return [
        {
            "place": each.place,
            "role": each.role,
            "parents": each.parents,
            "llm": each.call.llm if each.call else "",
            "digest": each.call.digest if each.call else "",
            "prompt": each.call.prompt if each.call else {},
            "sampling": each.call.sampling if each.call else {},
            "reply": each.call.reply if each.call else None,
            "tokens_in": each.call.tokens_in if each.call else 0,
            "tokens_out": each.call.tokens_out if each.call else 0,
            "cost": float(each.call.cost) if each.call else 0.0,
            "cached": each.cached,
            "error": each.error,
        }
        for each in askings
    ]


def _render_provenance(provenance: Provenance) -> dict[str, Any]:
    run = provenance.run
    return {
        "recipe": run.recipe,
        "recipe_version": run.recipe_version,
        "run": run.pk,
        "parameters": run.parameters,
        "seed": run.seed,
        "licence": run.licence,
        "candidate": render_candidates([provenance.candidate])[0],
        "requests": render_requests(provenance.askings),
    }
