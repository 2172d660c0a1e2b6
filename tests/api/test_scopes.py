"""What a token's scope opens, for every route."""

from __future__ import annotations

from django.db import transaction
from rest_framework.test import APIClient

from annotation.models import Scope
from annotation.workflow.tokens import make_token
from tests.api.conftest import Stage
from tests.api.routes import ROUTES, P

# POSTs that write nothing.
FOR_READING = {
    P + "schema-changes/preview/",
    P + "labelers/preview/",
    P + "syntheses/plan/",
    P + "labelers/<int:pk>/estimate/",
}
# What answering, talking and reviewing takes.
FOR_ANNOTATING = (
    "claims/", "annotations/", "comments/", "flags/", "reviews/", "resolution", "returns/", "views/", "notices/",
    "guidelines/seen/",
)  # fmt: skip


def scope_for(method: str, pattern: str) -> Scope:
    if method == "GET" or pattern in FOR_READING:
        return Scope.READ
    noun = pattern.removeprefix(P)
    return Scope.ANNOTATE if any(each in noun for each in FOR_ANNOTATING) else Scope.MANAGE


def test_a_scope_opens_what_it_names_and_nothing_else(stage: Stage) -> None:
    clients = {scope: APIClient() for scope in Scope}
    for scope, client in clients.items():
        client.credentials(HTTP_AUTHORIZATION=f"Token {make_token(stage.cast.lead, scope=scope)[1]}")
    for route in ROUTES:
        needed = scope_for(route.method, route.pattern)
        # With all scopes, every route was tried by each role (test_access).
        for scope, client in clients.items() - {(Scope.MANAGE, clients[Scope.MANAGE])}:
            with transaction.atomic():
                options = {"format": "multipart"} if route.multipart else {}
                address = route.address(stage.cast.project.slug, stage.here)
                response = getattr(client, route.method.lower())(address, route.body(stage.here), **options)
                transaction.set_rollback(True)
            refused = response.status_code == 403 and "scope-missing" in response.json()["type"]
            assert refused != scope.includes(needed), (route.method, route.pattern, scope, response.content[:200])
            if refused:
                assert response.json()["scope"] == needed
                assert f"“{needed}”" in response.json()["detail"]
