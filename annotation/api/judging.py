"""How models argued about an item, and what judges proved against people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import JudgeTrial
from annotation.reports.debates import Debate, debates_on
from annotation.workflow import access
from annotation.workflow.judging import MOST_ITEMS, TRIAL_ITEMS, start_trial

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, listed, page, paged
from .runs import EXAMPLE, RunRow, budget_in, render_runs
from .shapes import Body, Number, Whole


class SaidShape(serializers.Serializer):
    question = serializers.CharField()
    answer = serializers.JSONField(allow_null=True, help_text="Null where undecided, and where it failed.")
    confidence = serializers.FloatField()
    torn = serializers.ListField(help_text="Two answers that turned with the order of the options; else empty.")
    failure = serializers.CharField(help_text="Why there is no answer; empty where there is one.")
    rationale = serializers.CharField()


class StatementShape(serializers.Serializer):
    round = serializers.IntegerField()
    speaker = serializers.CharField(help_text="A letter: speakers do not learn who said what.")
    said = SaidShape(many=True)


class DebateRow(serializers.Serializer):
    run = serializers.IntegerField()
    labeler = serializers.CharField()
    kind = serializers.CharField(help_text="panel or debate")
    trial = serializers.BooleanField(help_text="A test without the votes, which counts nowhere.")
    over = serializers.BooleanField()
    statements = StatementShape(many=True)
    answers = serializers.DictField(allow_null=True, help_text="The verdict, where there is one.")
    confidence = serializers.FloatField(allow_null=True)
    failure = serializers.CharField(help_text="Why it came to no verdict.")
    tokens = serializers.IntegerField()
    cost = serializers.FloatField()


class TrialRow(serializers.Serializer):
    id = serializers.IntegerField()
    omega = serializers.FloatField(allow_null=True, help_text="ω: the share of people whom the judge beats.")
    rho = serializers.FloatField(allow_null=True, help_text="ρ: how often it is as near to the others as a person.")
    passed = serializers.BooleanField(allow_null=True, help_text="Null where the test cannot be made: see `reason`.")
    epsilon = serializers.FloatField(help_text="How much worse than a person it may be.")
    items = serializers.IntegerField(help_text="Answered by the judge and at least three people.")
    answers = serializers.IntegerField(help_text="Of people to those items.")
    contests = serializers.ListField(help_text="{annotator, items, model_share, person_share, p_value, won} each.")
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class TrialBody(Body):
    items = Whole(
        required=False,
        min_value=1,
        max_value=MOST_ITEMS,
        help_text=f"How many settled items, 1 to {MOST_ITEMS} (default {TRIAL_ITEMS}).",
    )
    budget = Number(required=False, allow_null=True, help_text="What the test may cost.")


class ItemDebates(ProjectView):
    @describe("items_debate", "How models argued about an item, the newest first", {200: paged(DebateRow)})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.reviewer()
        item = access.get_item_for(membership, pk)
        return listed(request, [_debate(each) for each in debates_on(membership.project, item)])


class LabelerTrials(ProjectView):
    parameters = PARAMETERS

    @describe(
        "labeler_trials_list",
        "What a judge proved against people, the newest look first",
        {200: paged(TrialRow)},
        parameters=DOCUMENTED,
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        found = access.get_labeler_for(self.reviewer(), pk)
        return page(request, JudgeTrial.objects.filter(labeler=found), _trials, newest_first=True)

    @describe(
        "labeler_trials_start",
        "Test a judge on settled items, without showing it the votes; the run counts nowhere else",
        {202: RunRow},
        request=TrialBody,
        sends={"items": 60},
        answers={**EXAMPLE, "purpose": "trial"},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        found = access.get_labeler_for(self.manager(), pk)
        body = self.read(TrialBody)
        run = start_trial(found, count=body.get("items", TRIAL_ITEMS), user=self.person, budget=budget_in(body))
        return Response(render_runs([run])[0], status=202)


def _debate(debate: Debate) -> dict[str, Any]:
    return {
        "run": debate.run.pk,
        "labeler": str(debate.run.labeler),
        "kind": debate.run.labeler.kind,
        "trial": debate.is_trial,
        "over": debate.is_over,
        "statements": [
            {
                "round": number,
                "speaker": statement.letter,
                "said": [
                    {
                        "question": said.question,
                        "answer": said.answer,
                        "confidence": said.confidence,
                        "torn": list(said.torn),
                        "failure": said.failure,
                        "rationale": said.rationale,
                    }
                    for said in statement.said
                ],
            }
            for number, statements in debate.rounds
            for statement in statements
        ],
        "answers": debate.verdict.answers if debate.verdict else None,
        "confidence": debate.verdict.confidence if debate.verdict else None,
        "failure": debate.failure,
        "tokens": debate.tokens,
        "cost": debate.cost,
    }


def _trials(trials: Sequence[JudgeTrial]) -> list[dict[str, Any]]:
    return [
        {
            "id": each.pk,
            "omega": each.omega,
            "rho": each.rho,
            "passed": each.passed,
            "epsilon": each.epsilon,
            "items": each.items,
            "answers": each.answers,
            "contests": each.contests,
            "reason": each.reason,
            "created_at": each.created_at,
        }
        for each in trials
    ]
