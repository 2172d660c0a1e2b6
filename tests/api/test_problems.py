from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from knox.models import get_token_model
from rest_framework.response import Response

from annotation.api.problems import handler
from tests.cast import Cast


def post(cast: Cast, path: str, body: bytes | str, **options: Any) -> Any:
    return cast.api(cast.lead).post(path, body, content_type="application/json", **options)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"name": NaN}',
        b'{"name": ' + b"9" * 5_000 + b"}",
        b'{"name": "a", "name": "b"}',
        b"[" * 100_000,
        b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}',
        b'{"name": "\xff"}',
        b'"text"',
        b"3",
        b"null",
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("place", ["projects", "items", "claims", "annotations", "labelers", "snapshots", "members"])
def test_a_body_that_bites_is_a_400_with_a_sentence(cast: Cast, place: str, body: bytes) -> None:
    response = post(cast, "/api/v1/projects/" if place == "projects" else cast.url(place), body)
    assert response.status_code == 400, response.content[:500]
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem.keys() >= {"type", "title", "status", "detail"}
    assert problem["status"] == 400
    assert problem["detail"].strip()


def test_a_body_of_another_type_is_refused(cast: Cast) -> None:
    response = cast.api(cast.lead).post("/api/v1/projects/", "name=x", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 415
    assert response["Content-Type"] == "application/problem+json"


def test_a_body_over_the_limit_is_a_413(cast: Cast, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    response = post(cast, "/api/v1/projects/", b'{"name": "' + b"x" * 2_000 + b'"}')
    assert response.status_code == 413
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("token", ["", "Token", "Token x", "Token x y", "Token \xff\xfe", "Bearer x"])
def test_a_bad_token_is_a_401(cast: Cast, token: str) -> None:
    client = cast.api(None)
    client.credentials(HTTP_AUTHORIZATION=token)
    response = client.get("/api/v1/projects/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert response["Content-Type"] == "application/problem+json"


def test_a_token_that_expired_or_was_revoked_is_a_401(cast: Cast) -> None:
    expired, revoked = cast.api(cast.lead), cast.api(cast.reviewer)
    get_token_model().objects.filter(user=cast.lead).update(expiry=timezone.now() - timedelta(seconds=1))
    get_token_model().objects.filter(user=cast.reviewer).delete()
    assert expired.get(cast.url()).status_code == 401
    assert revoked.get(cast.url()).status_code == 401


def test_a_session_without_the_csrf_token_may_not_write(cast: Cast) -> None:
    client = cast.api(None)
    client.handler.enforce_csrf_checks = True
    client.force_login(cast.lead, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/projects/").status_code == 200
    response = client.post(cast.url("items"), [{"fields": {"text": "x"}}])
    assert response.status_code == 403
    assert not cast.project.items.exists()


@pytest.mark.parametrize("path", ["items", "reviews", "runs", "snapshots", "annotations", "members"])
@pytest.mark.parametrize(
    "query",
    ["owner__password__startswith=a", "project__created_by__password=x", "ordering=gold", "cursor=x", "limit=0",
     "limit=x", "limit=1000001", "cursor=1&cursor=2", "cursor=%00", "format=api"],
)  # fmt: skip
def test_what_a_list_does_not_understand_is_refused(cast: Cast, path: str, query: str) -> None:
    response = cast.api(cast.lead).get(f"{cast.url(path)}?{query}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("query", ["stage=x", "search=%00", "label=%00", "item__gold=x", "fields__text=x"])
def test_items_are_filtered_by_what_is_documented_only(cast: Cast, query: str) -> None:
    assert cast.api(cast.lead).get(f"{cast.url('items')}?{query}").status_code == 400


def test_what_a_client_accepts_changes_nothing(cast: Cast) -> None:
    response = cast.api(cast.lead).get("/api/v1/projects/", headers={"Accept": "text/html"})
    assert response["Content-Type"] == "application/json"


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("gone")])
def test_without_a_database_the_answer_is_503_and_when_to_come_back(error: Exception) -> None:
    response = handler(error, {})
    assert isinstance(response, Response)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "gone" not in str(response.data)


def test_our_own_mistakes_stay_exceptions() -> None:
    assert handler(ZeroDivisionError(), {}) is None


def test_an_id_of_any_length_is_a_404(cast: Cast) -> None:
    for pk in ("9" * 18, "9" * 40, "9" * 5_000):
        assert cast.api(cast.lead).get(cast.url("items", pk)).status_code == 404
