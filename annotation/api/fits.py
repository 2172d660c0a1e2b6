"""How votes are fused: what the fits say, and fitting anew."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Fitting
from annotation.reports.fusing import fusing_json
from annotation.reports.jobs import job_progress
from annotation.workflow import access
from annotation.workflow.fitting import cancel_fitting, request_fitting

from .base import ProjectView
from .describing import describe
from .shapes import Empty


class FittingRow(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.CharField(help_text="pending, running, done, failed or cancelled")
    fusion = serializers.CharField(help_text="The policy that it was asked for under.")
    fitted_at = serializers.DateTimeField(allow_null=True, help_text="Since when it applies; items follow.")
    total = serializers.IntegerField(help_text="Items to look at.")
    done = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Items whose outcome it changed.")
    percent = serializers.FloatField()
    eta = serializers.FloatField(allow_null=True)
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class FitsRow(serializers.Serializer):
    fitted_at = serializers.DateTimeField(allow_null=True)
    questions = serializers.DictField(
        help_text="By name: {method, reason, votes, items, known, diagnostics: [sentence], annotators: [{annotator, "
        "human, accuracy}]}; the least accurate hundred."
    )
    newest = FittingRow(allow_null=True, help_text="The last fit that was asked for, under way or over.")
    licences = serializers.ListField(
        child=serializers.JSONField(),
        help_text="[{label (empty for every answer), licensed, threshold, right, accepted, bound, audits, wanted (more "
        "audits until the next look), reason}]",
    )


class FitList(ProjectView):
    @describe("fits_get", "How votes are fused, and what audits allow models", {200: FitsRow})
    def get(self, request: Request, slug: str) -> Response:
        project = self.reviewer().project
        newest = Fitting.objects.filter(project=project).order_by("-pk").first()
        shown = {"newest": _row(newest) if newest else None, "licences": project.licence_standing}
        return Response({**fusing_json(project), **shown})

    @describe("fits_make", "Fit the annotators now; items follow as a job", {202: FittingRow}, request=Empty)
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        self.read(Empty)
        return Response(_row(request_fitting(project, user=self.person)), status=202)


class FitDetail(ProjectView):
    @describe("fits_watch", "How a fit is going", {200: FittingRow})
    def get(self, request: Request, slug: str, pk: int) -> Response:
        return Response(_row(access.get_fitting_for(self.reviewer(), pk)))


class FitCancel(ProjectView):
    @describe(
        "fits_cancel", "Stop letting items follow; the fit applies to new votes", {200: FittingRow}, request=Empty
    )
    def post(self, request: Request, slug: str, pk: int) -> Response:
        membership = self.manager()
        fitting = access.get_fitting_for(membership, pk)
        self.read(Empty)
        cancel_fitting(fitting)
        return Response(_row(access.get_fitting_for(membership, pk)))


def _row(fitting: Fitting) -> dict[str, Any]:
    progress = job_progress(fitting)
    return {
        "id": fitting.pk,
        "state": fitting.state,
        "fusion": fitting.fusion,
        "fitted_at": fitting.fitted_at,
        "total": fitting.total,
        "done": fitting.done,
        "changed": fitting.changed,
        "percent": progress.percent,
        "eta": progress.eta_seconds,
        "error": fitting.error,
        "created_at": fitting.created_at,
        "finished_at": fitting.finished_at,
    }
