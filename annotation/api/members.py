"""Who belongs to a project, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Membership
from annotation.workflow import access
from annotation.workflow.people import add_member, get_user, remove_member

from .base import ProjectView
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Text


class MemberBody(Body):
    username = Text(max_length=150)
    role = Text(max_length=20, help_text="manager, reviewer or annotator")


class MemberRow(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()
    role = serializers.CharField()
    created_at = serializers.DateTimeField()


class MemberList(ProjectView):
    parameters = PARAMETERS

    @describe("members_list", "The members of a project", {200: paged(MemberRow)}, parameters=DOCUMENTED)
    def get(self, request: Request, slug: str) -> Response:
        project = self.reviewer().project
        return page(request, project.memberships.select_related("user"), _render)

    @describe(
        "members_add",
        "Let a person in, or change their role",
        {201: MemberRow},
        request=MemberBody,
        sends={"username": "ada", "role": "annotator"},
    )
    def post(self, request: Request, slug: str) -> Response:
        project = self.manager().project
        body = self.read(MemberBody)
        membership = add_member(project, get_user(body["username"]), body["role"], by=self.person)
        return Response(_render([membership])[0], status=201)


class MemberDetail(ProjectView):
    @describe("members_remove", "Close the project to a person; their answers stay", {204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        remove_member(access.get_member_for(self.manager(), pk), by=self.person)
        return Response(status=204)


def _render(members: Sequence[Membership]) -> list[dict[str, Any]]:
    return [
        {"id": each.pk, "username": each.user.get_username(), "role": each.role, "created_at": each.created_at}
        for each in members
    ]
