"""A page that fails says whose fault it is."""

from __future__ import annotations

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from synthweb import urls


def slow(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10ms'")
        cursor.execute("SELECT pg_sleep(60)")
    return HttpResponse()


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a mistake of ours")


urlpatterns = [*urls.urlpatterns, path("slow/", slow), path("broken/", broken), path("api/broken/", broken)]
handler500 = urls.handler500


@pytest.fixture
def visitor(db: None) -> Client:
    return Client(raise_request_exception=False)


@override_settings(ROOT_URLCONF=__name__)
def test_a_database_that_does_not_answer_is_said_to_be_back_in_a_moment(visitor: Client) -> None:
    response = visitor.get("/slow/")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "Content-Security-Policy" in response
    assert b"The database cannot be reached" in response.content


@override_settings(ROOT_URLCONF=__name__)
def test_a_mistake_of_ours_is_called_one(visitor: Client) -> None:
    response = visitor.get("/broken/")
    assert response.status_code == 500
    assert b"a mistake of ours" not in response.content


@override_settings(ROOT_URLCONF=__name__)
def test_a_call_that_fails_by_our_mistake_is_a_problem_too(visitor: Client) -> None:
    response = visitor.get("/api/broken/")
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert response.json()["status"] == 500
    assert b"a mistake of ours" not in response.content
