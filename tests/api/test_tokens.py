"""What a token may do is at most what was granted with it, and never more than its owner may (A8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from annotation.models import Scope, TokenGrant, User
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.tokens import MOST_TOKENS, make_token
from tests.cast import Cast


def client_of(user: User, **grant: Any) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {make_token(user, **grant)[1]}")
    return client


def test_a_token_never_allows_what_the_role_forbids(cast: Cast) -> None:
    assert client_of(cast.annotator).get(cast.url("items")).status_code == 403
    assert client_of(cast.stranger).get(cast.url()).status_code == 404


def test_a_token_for_one_project_knows_no_other(cast: Cast) -> None:
    there = cast.foreign
    there.project.memberships.create(user=cast.lead, role="manager")
    client = client_of(cast.lead, projects=[cast.project])
    assert client.get(cast.url()).status_code == 200
    assert client.get(cast.url(world=there)).status_code == 404
    assert client.post(cast.url("items", world=there), [{"fields": {"text": "x"}}]).status_code == 404
    assert [each["slug"] for each in client.get("/api/v1/projects/").json()["results"]] == [cast.project.slug]
    assert client.get("/api/v1/me/").json()["projects"] == [cast.project.slug]
    # What is about no project in particular it may not change, and it may not make itself a wider one.
    for response in (
        client.post("/api/v1/projects/", {"name": "New", "fields": [], "questions": []}),
        client.patch("/api/v1/me/preferences/", {"swipe": False}),
        client.get("/api/v1/me/tokens/"),
        client.post("/api/v1/me/tokens/", {"scope": "manage"}),
    ):
        assert response.status_code == 403, response.content
    # With its last project it does not lose its limit.
    TokenGrant.objects.update(projects=[10**9])
    assert client.get(cast.url()).status_code == 404


def test_a_program_makes_lists_and_revokes_tokens_no_wider_than_its_own(cast: Cast) -> None:
    client = client_of(cast.lead, name="mine")
    made = client.post("/api/v1/me/tokens/", {"name": "export", "days": 30, "projects": [cast.project.slug]})
    assert made.status_code == 201, made.content
    secret, body = made.json().pop("token"), made.json()
    assert (body["scope"], body["projects"], body["current"]) == ("read", [cast.project.slug], False)
    listed = client.get("/api/v1/me/tokens/")
    assert {each["name"]: each["current"] for each in listed.json()["results"]} == {"mine": True, "export": False}
    assert secret not in listed.content.decode()
    reader = APIClient()
    reader.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    assert reader.get(cast.url()).status_code == 200
    assert client.delete(f"/api/v1/me/tokens/{body['id']}/").status_code == 204
    assert reader.get(cast.url()).status_code == 401
    # Somebody else's, and one that is wider than what asks.
    foreign, _ = make_token(cast.reviewer)
    assert client.delete(f"/api/v1/me/tokens/{foreign.number}/").status_code == 404
    annotate = client_of(cast.lead, scope=Scope.ANNOTATE)
    assert annotate.post("/api/v1/me/tokens/", {"scope": "annotate"}).status_code == 403
    assert client.post("/api/v1/me/tokens/", {"projects": [cast.foreign.project.slug]}).status_code == 400


def test_a_token_that_expired_or_has_no_grant_opens_nothing(cast: Cast) -> None:
    client = client_of(cast.lead)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get(cast.url()).status_code == 401
    AuthToken.objects.update(expiry=None)
    assert client.get(cast.url()).status_code == 200
    TokenGrant.objects.all().delete()
    assert client.get(cast.url()).status_code == 401


def test_whom_a_token_is_for_and_what_it_may_cost_one_query(cast: Cast) -> None:
    client = client_of(cast.lead)
    assert client.get("/api/v1/me/").status_code == 200
    used = TokenGrant.objects.get().used_at
    assert used is not None
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/api/v1/me/")
    assert len(queries) == 1
    assert TokenGrant.objects.get().used_at == used


@pytest.mark.parametrize("wrong", [{"scope": "all"}, {"days": 0}, {"days": 99_999}, {"name": "x" * 81}], ids=str)
def test_a_token_that_makes_no_sense_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refusal:
        make_token(cast.lead, **wrong)
    assert refusal.value.field == next(iter(wrong))
    assert not AuthToken.objects.exists()


def test_somebody_has_so_many_tokens_and_expired_ones_make_room(cast: Cast) -> None:
    for _ in range(MOST_TOKENS):
        make_token(cast.lead, days=1)
    with pytest.raises(Conflict):
        make_token(cast.lead)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    make_token(cast.lead)
    assert AuthToken.objects.count() == 1
