"""Projects: what is shown, what is asked, and how answers are routed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Fusion, Membership, Project
from annotation.reports import project_report
from annotation.workflow.projects import Definition, change_guidelines, change_policy, create_project

from .base import ApiView, ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Flag, JsonObject, Number, Text, Whole

EXAMPLE = {
    "name": "Support messages",
    "guidelines": "Choose what the customer **wants**.",
    "fields": [{"name": "text", "type": "text"}],
    "questions": [{"name": "intent", "type": "choice", "title": "Intent", "options": ["refund", "delivery"]}],
    "policy": {"overlap": 2, "min_human": 2, "accept_threshold": 0.8, "audit_share": 0.1, "blind_first": False},
}


# One question of every type, with all that it can have.
EVERY_TYPE = {
    "name": "Answers of an assistant",
    "fields": [
        {"name": "prompt", "type": "markdown"},
        {"name": "answer_a", "type": "response", "title": "Answer A"},
        {"name": "answer_b", "type": "response", "title": "Answer B"},
    ],
    "questions": [
        {"name": "preference", "type": "ranking", "title": "Which is better?", "options": ["answer_a", "answer_b"]},
        {
            "name": "safe",
            "type": "choice",
            "title": "Are both safe?",
            "options": [
                {"value": "yes", "title": "Both", "color": "green", "hotkey": "y"},
                {"value": "no", "title": "At least one is not", "color": "red", "hotkey": "n"},
            ],
        },
        {
            "name": "harms",
            "type": "multichoice",
            "options": ["insult", "danger", "private data"],
            "at_least": 1,
            "at_most": 2,
            "when": {"question": "safe", "is": ["no"]},
        },
        {
            "name": "evidence",
            "type": "spans",
            "field": "prompt",
            "options": ["claim"],
            "tokens": True,
            "required": False,
        },
        {"name": "quality", "type": "rating", "min": 1, "max": 5, "labels": {"1": "poor", "5": "excellent"}},
        {"name": "rewrite", "type": "text", "field": "answer_a", "max_length": 4000, "required": False},
    ],
}
QUESTIONS = (
    "{name, type, title?, description?, required?, options?, when?: {question, is: [option]}} and the type's own: "
    "choice; multichoice at_least, at_most; spans field, overlap, tokens; rating min, max, labels; ranking ties; text "
    "field, max_length. An option is text, or {value, title?, description?, color?, hotkey?, retired?}."
)


class PolicyShape(Body):
    overlap = Whole(required=False, help_text="People per item, 1 to 50 (default 1).")
    min_human = Whole(required=False, help_text="Answers before an item may settle early (default: overlap).")
    accept_threshold = Number(required=False, help_text="Posterior at which an item settles, 0.5 to 1.")
    target_accuracy = Number(required=False, help_text="Accuracy that labels accepted from models must have.")
    audit_share = Number(required=False, help_text="Share of items that always goes to people, blind.")
    blind_first = Flag(required=False, help_text="Show suggestions only after the answer.")
    gold_rate = Number(required=False, help_text="Share of everybody’s items that are hidden checks, 0 to 0.5.")
    gold_feedback = Flag(required=False, help_text="Say after a check what the known answer is.")
    qualification_items = Whole(required=False, help_text="Checks that an annotator answers before anything else.")
    qualification_mark = Number(required=False, help_text="Share of those that has to be right, 0 to 1.")
    fusion = Text(required=False, help_text=f"How votes are fused: {', '.join(Fusion.values)} (default: auto).")
    trusted = Text(required=False, allow_blank=True, help_text="For trust_one: whom; empty: by known answers.")
    accept_by_class = Flag(required=False, help_text="Whether audits have to license each answer by itself.")
    review_share = Number(required=False, help_text="Share of what people settle that a reviewer looks at, 0 to 1.")
    anonymous_review = Flag(required=False, help_text="Reviewers see letters for annotators.")
    resolution = Text(required=False, help_text="Who looks at disputes first: none, judge (default), panel or debate.")
    debate_rounds = Whole(required=False, help_text="Rounds of a debate at most, 1 to 5 (default 3).")
    dispute_budget = Number(required=False, help_text="What a panel or debate may cost per item; 0: no limit.")
    judge_settles = Text(required=False, help_text="advise (default), or settle: where the judge passed its test.")


class ProjectBody(Body):
    name = Text(max_length=200)
    guidelines = Text(required=False, allow_blank=True, help_text="Markdown.")
    fields = serializers.ListField(child=JsonObject(), help_text="{name, type, title?}")
    questions = serializers.ListField(child=JsonObject(), help_text=QUESTIONS)
    policy = PolicyShape(required=False)
    lifecycle = Text(required=False)


class ProjectChange(Body):
    guidelines = Text(required=False, allow_blank=True, help_text="Becomes a new version.")
    policy = PolicyShape(required=False)


class ProjectRow(serializers.Serializer):
    slug = serializers.CharField()
    name = serializers.CharField()
    lifecycle = serializers.CharField()
    guidelines = serializers.CharField()
    guidelines_version = serializers.IntegerField()
    fields = serializers.ListField(child=serializers.JSONField())
    questions = serializers.ListField(child=serializers.JSONField())
    schema_version = serializers.IntegerField()
    policy = PolicyShape()
    licensed = serializers.BooleanField(help_text="Audits allow confident models to settle items alone.")
    role = serializers.CharField(help_text="What you are in it: manager, reviewer or annotator.")
    created_at = serializers.DateTimeField()


class ProjectList(ApiView):
    parameters = PARAMETERS

    @describe("projects_list", "The projects you belong to", {200: paged(ProjectRow)}, parameters=DOCUMENTED)
    def get(self, request: Request) -> Response:
        projects = Project.objects.visible_to(self.person)
        if self.grant is not None and self.grant.projects:
            projects = projects.filter(pk__in=self.grant.projects)
        return page(request, projects, self._render, newest_first=True)

    @describe(
        "projects_create",
        "Create a project and manage it",
        {201: ProjectRow},
        request=ProjectBody,
        sends=(EXAMPLE, EVERY_TYPE),
    )
    def post(self, request: Request) -> Response:
        body = self.read(ProjectBody)
        project = create_project(Definition(**body), user=self.person)
        return Response(self._render([project])[0], status=201)

    def _render(self, projects: Sequence[Project]) -> list[dict[str, Any]]:
        mine = Membership.objects.filter(user=self.person, project__in=projects)
        roles = dict(mine.values_list("project_id", "role"))
        return [render_project(project, roles[project.pk]) for project in projects]


class ProjectDetail(ProjectView):
    def lock(self) -> None:
        Project.objects.select_for_update(no_key=True).filter(pk=self.member().project_id).first()

    @describe("projects_get", "A project", {200: ProjectRow})
    def get(self, request: Request, slug: str) -> Response:
        membership = self.member()
        return Response(render_project(membership.project, membership.role))

    @describe("projects_change", "Change guidelines or policy", {200: ProjectRow}, request=ProjectChange)
    def patch(self, request: Request, slug: str) -> Response:
        membership = self.manager()
        body = self.read(ProjectChange)
        project = membership.project
        # Both or neither: a refused half would leave the other one changed.
        with transaction.atomic():
            if "policy" in body:
                project = change_policy(project, body["policy"], user=self.person)
            if "guidelines" in body:
                project = change_guidelines(project, body["guidelines"], user=self.person)
        return Response(render_project(project, membership.role))


class ProjectReport(ProjectView):
    @describe("projects_report", "Progress, agreement, quality and cost", {200: OpenApiTypes.OBJECT})
    def get(self, request: Request, slug: str) -> Response:
        return Response(project_report(self.reviewer().project))


def render_project(project: Project, role: str) -> dict[str, Any]:
    return {
        "slug": project.slug,
        "name": project.name,
        "lifecycle": project.lifecycle,
        "guidelines": project.guidelines,
        "guidelines_version": project.guidelines_version,
        "fields": project.fields,
        "questions": project.questions,
        "schema_version": project.schema_version,
        "policy": project.policy,
        "licensed": project.licensed,
        "role": role,
        "created_at": project.created_at,
    }
