"""The person who asks, and their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.models import Project, Scope, TokenGrant
from annotation.models.token_grant import NAME_LENGTH
from annotation.workflow.tokens import MOST_DAYS, find_projects_of, make_token, revoke_grant

from .base import ApiView, ScopeMissing
from .describing import describe
from .paging import DOCUMENTED, PARAMETERS, page, paged
from .shapes import Body, Text, Whole

SCOPES = ", ".join(Scope.values)


class MeShape(serializers.Serializer):
    username = serializers.CharField()
    is_administrator = serializers.BooleanField()
    scope = serializers.CharField(help_text=f"What this token may do: {SCOPES}. A session may do all.")
    projects = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Slugs that the token is limited to; null: no limit."
    )


class TokenBody(Body):
    name = Text(required=False, allow_blank=True, max_length=NAME_LENGTH, help_text="What it is for.")
    scope = Text(required=False, max_length=20, help_text=f"{SCOPES}; each includes those before it (default: read).")
    days = Whole(required=False, help_text=f"How long it lasts, 1 to {MOST_DAYS} (default 90).")
    projects = serializers.ListField(
        child=Text(max_length=80), required=False, max_length=100, help_text="Slugs; without them all of yours."
    )


class TokenRow(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    scope = serializers.CharField()
    projects = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="Slugs; null for all projects of yours."
    )
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    used_at = serializers.DateTimeField(allow_null=True, help_text="When it was used last, to five minutes.")
    current = serializers.BooleanField(help_text="Whether it is the one that asks.")


class NewToken(TokenRow):
    token = serializers.CharField(help_text="Only its hash is kept: it cannot be read again.")


class Me(ApiView):
    @describe("me_get", "Who you are, and what your token may do", {200: MeShape})
    def get(self, request: Request) -> Response:
        grant = self.grant
        return Response(
            {
                "username": self.person.get_username(),
                "is_administrator": self.person.is_superuser,
                "scope": Scope.MANAGE if grant is None else grant.scope,
                "projects": _slugs([grant])[grant.pk] if grant and grant.projects else None,
            }
        )


class TokenView(ApiView):
    """A token with a limit may not look at others, nor make one without it."""

    def check_limit(self, grant: TokenGrant) -> None:
        raise PermissionDenied("This token is for some projects only; tokens are about all of them.")

    def mine(self) -> Any:
        return TokenGrant.objects.filter(user=self.person).select_related("token")

    def render(self, grants: Sequence[TokenGrant]) -> list[dict[str, Any]]:
        slugs = _slugs(grants)
        current = self.grant
        return [
            {
                "id": each.number,
                "name": each.name,
                "scope": each.scope,
                "projects": slugs[each.pk] if each.projects else None,
                "created_at": each.token.created,
                "expires_at": each.token.expiry,
                "used_at": each.used_at,
                "current": current is not None and current.pk == each.pk,
            }
            for each in grants
        ]


class TokenList(TokenView):
    parameters = PARAMETERS

    @describe("tokens_list", "Your tokens, without their secrets", {200: paged(TokenRow)}, parameters=DOCUMENTED)
    def get(self, request: Request) -> Response:
        return page(request, self.mine(), self.render, newest_first=True, key="number")

    @describe(
        "tokens_make",
        "Make a token; it is in this answer and nowhere else",
        {201: NewToken},
        request=TokenBody,
        sends={"name": "nightly export", "scope": "read", "days": 30, "projects": ["support-messages"]},
    )
    def post(self, request: Request) -> Response:
        body = self.read(TokenBody)
        scope = body.get("scope", Scope.READ)
        grant = self.grant
        if grant is not None and scope in Scope.values and not Scope(grant.scope).includes(scope):
            raise ScopeMissing(Scope(scope))
        made, token = make_token(
            self.person,
            scope=scope,
            name=body.get("name", ""),
            days=body.get("days"),
            projects=find_projects_of(self.person, body.get("projects", [])),
        )
        return Response({**self.render([made])[0], "token": token}, status=201)


class TokenDetail(TokenView):
    @describe("tokens_revoke", "Revoke a token of yours, be it the one that asks", {204: None})
    def delete(self, request: Request, number: int) -> Response:
        found = self.mine().filter(number=number).first()
        if found is None:
            raise Http404("No such token.")
        revoke_grant(found)
        return Response(status=204)


def _slugs(grants: Sequence[TokenGrant]) -> dict[str, list[str]]:
    """Token → the slugs of the projects that it is limited to, as far as they are there."""
    wanted = {pk for grant in grants for pk in grant.projects}
    slugs = dict(Project.objects.filter(pk__in=wanted).values_list("pk", "slug")) if wanted else {}
    return {grant.pk: sorted(slugs[pk] for pk in grant.projects if pk in slugs) for grant in grants}
