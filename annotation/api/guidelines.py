"""The guidelines in all their versions, and taking note of a change."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Membership, Scope
from annotation.reports.guidelines import GuidelinesVersion, guidelines_versions
from annotation.workflow.acknowledging import acknowledge

from .base import ProjectView
from .describing import describe
from .paging import listed, paged
from .shapes import Body, Whole


class PassageShape(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["kept", "added", "removed"])
    text = serializers.CharField()


class GuidelinesRow(serializers.Serializer):
    version = serializers.IntegerField()
    text = serializers.CharField(help_text="Markdown.")
    created_at = serializers.DateTimeField()
    changes = PassageShape(many=True, help_text="Paragraph by paragraph, since the version before.")


class SeenBody(Body):
    version = Whole(max_value=2**31 - 1, help_text="The version that you have read.")


class SeenRow(serializers.Serializer):
    version = serializers.IntegerField(help_text="The newest version there is.")
    seen = serializers.IntegerField(allow_null=True, help_text="The newest that you took note of.")


class GuidelinesList(ProjectView):
    @describe("guidelines_list", "The last fifty versions, the newest first", {200: paged(GuidelinesRow)})
    def get(self, request: Request, slug: str) -> Response:
        return listed(request, [_row(each) for each in guidelines_versions(self.member().project)])


class GuidelinesSeen(ProjectView):
    writes = Scope.ANNOTATE

    @describe("guidelines_seen", "Take note of a version; never backwards", {200: SeenRow}, request=SeenBody)
    def post(self, request: Request, slug: str) -> Response:
        membership = self.member()
        acknowledge(membership, self.read(SeenBody)["version"])
        seen = Membership.objects.values_list("guidelines_seen", flat=True).get(pk=membership.pk)
        return Response({"version": membership.project.guidelines_version, "seen": seen})


def _row(version: GuidelinesVersion) -> dict[str, Any]:
    changes = [{"kind": each.kind, "text": each.text} for each in version.changes]
    return {"version": version.number, "text": version.text, "created_at": version.at, "changes": changes}
