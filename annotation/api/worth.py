"""What model annotators are worth: measured against people, tried on a few items, put back to work."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.reports.samples import sample_items
from annotation.reports.tries import Tried, tried_items
from annotation.reports.worth import Measured, Worth, worth_report
from annotation.workflow import access
from annotation.workflow.enlisting import activate_labeler
from annotation.workflow.trying import TRIED, start_try

from .base import ProjectView
from .describing import describe
from .paging import listed, paged
from .runs import EXAMPLE, RunRow, RunView, render_runs
from .shapes import Body, Empty, Whole


class MeasuredShape(serializers.Serializer):
    answers = serializers.IntegerField(help_text="Items that it voted on and people answered without a suggestion.")
    accuracy = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), help_text="95 % (Wilson): [low, high].")
    audited = serializers.DictField(help_text="The same on items that chance chose: {answers, accuracy, interval}.")
    kappa = serializers.FloatField(allow_null=True, help_text="Cohen's, where one option is the answer.")
    macro_f1 = serializers.FloatField(allow_null=True, help_text="The mean over the options.")
    micro_f1 = serializers.FloatField(allow_null=True, help_text="Over all parts of answers in parts; else null.")
    closeness = serializers.FloatField(allow_null=True, help_text="The mean of 1 less the distance to people's answer.")
    classes = serializers.DictField(help_text="{option: {precision, recall, f1, people}}")
    confusion = serializers.ListField(help_text="[{people, model, items}], where one option is the answer.")
    calibration = serializers.DictField(help_text="{method, answers, before, after, missing}: ECE, Brier, AUROC, AURC.")


class WorthRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    version = serializers.IntegerField()
    active = serializers.BooleanField()
    votes = serializers.IntegerField()
    failures = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="Per vote.")
    tokens = serializers.IntegerField()
    cost = serializers.FloatField()
    questions = serializers.DictField(child=MeasuredShape(), help_text="{question: …}")


class TryBody(Body):
    items = serializers.ListField(
        child=Whole(), required=False, max_length=TRIED, help_text="Ids; without them ten are drawn."
    )
    seed = Whole(required=False, help_text="The same seed draws the same items.")


class TriedRow(serializers.Serializer):
    item = serializers.IntegerField()
    answers = serializers.DictField(allow_null=True, help_text="Null while it waits, and where it failed.")
    confidence = serializers.FloatField(allow_null=True)
    rationale = serializers.CharField()
    raw_reply = serializers.CharField()
    reason = serializers.CharField(help_text="Why it failed.")
    people = serializers.ListField(child=serializers.DictField(), help_text="What people answered.")


class LabelerReport(ProjectView):
    @describe(
        "labelers_report",
        "Every version side by side: accuracy, κ, F1, calibration, cost (reviewers and managers)",
        {200: paged(WorthRow)},
    )
    def get(self, request: Request, slug: str) -> Response:
        return listed(request, [_worth(each) for each in worth_report(self.reviewer().project)])


class LabelerTry(ProjectView):
    @describe(
        "labelers_try",
        "Ask this version about a few items; its answers are no votes",
        {202: RunRow},
        request=TryBody,
        sends={"items": [17, 18]},
        answers={**EXAMPLE, "purpose": "try", "total": 2},
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        labeler = access.get_labeler_for(self.manager(), pk)
        body = self.read(TryBody)
        chosen = sample_items(labeler.project, seed=body.get("seed", 1), ids=body.get("items", []), size=TRIED)
        run = start_try(labeler, [item.pk for item in chosen], user=self.person)
        return Response(render_runs([run])[0], status=202)


class LabelerActivation(ProjectView):
    @describe("labelers_activate", "Put a retired version back to work in place of the one at work", {204: None})
    def post(self, request: Request, slug: str, pk: int) -> Response:
        labeler = access.get_labeler_for(self.manager(), pk)
        self.read(Empty)
        activate_labeler(labeler, user=self.person)
        return Response(status=204)


class RunAnswers(RunView):
    @describe(
        "runs_answers",
        "What a try answered, beside people's answers; empty for other runs, whose answers are votes",
        {200: paged(TriedRow)},
    )
    def get(self, request: Request, **address: Any) -> Response:
        return listed(request, [_tried(each) for each in tried_items(self.run_for(self.reviewer()))])


def _worth(worth: Worth) -> dict[str, Any]:
    return {
        "id": worth.labeler.pk,
        "name": worth.labeler.name,
        "version": worth.labeler.version,
        "active": worth.labeler.active,
        "votes": worth.votes,
        "failures": worth.failures,
        "seconds": worth.seconds,
        "tokens": worth.tokens,
        "cost": float(worth.cost),
        "questions": {each.question.name: _measured(each) for each in worth.measured},
    }


def _measured(measured: Measured) -> dict[str, Any]:
    trust = measured.trust
    return {
        "answers": measured.answers,
        "accuracy": measured.accuracy,
        "interval": [measured.low, measured.high],
        "audited": {
            "answers": measured.audited.answers,
            "accuracy": measured.audited.accuracy,
            "interval": [measured.audited.low, measured.audited.high],
        },
        "kappa": measured.kappa,
        "macro_f1": measured.macro_f1,
        "micro_f1": measured.micro_f1,
        "closeness": measured.closeness,
        "classes": {value: asdict(score) for value, score in measured.classes.items()},
        "confusion": [
            {"people": people, "model": model, "items": count}
            for (people, model), count in sorted(measured.counts.items())
        ],
        "calibration": {
            "method": trust.method or None,
            "answers": trust.answers,
            "before": _without_bins(trust.before),
            "after": _without_bins(trust.after),
            "missing": trust.missing,
        },
    }


def _without_bins(metrics: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: value for name, value in metrics.items() if name != "bins"} if metrics else None


def _tried(each: Tried) -> dict[str, Any]:
    return {
        "item": each.item.pk,
        "answers": each.answers,
        "confidence": each.confidence,
        "rationale": each.rationale,
        "raw_reply": each.raw_reply,
        "reason": each.reason,
        "people": each.people,
    }
