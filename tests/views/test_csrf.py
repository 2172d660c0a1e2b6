"""Requests that ride on somebody's cookie (A11): without the page's token or from another site they change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from knox.models import get_token_model

from annotation import urls
from annotation.models import Event, Project
from tests.cast import Cast

FOREIGN = "https://evil.example"


def careful(cast: Cast, *, secure: bool = False) -> tuple[Client, str]:
    """The lead's browser on a site that checks forgery, and the token that its own pages carry."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.lead)
    client.get(reverse("tokens"), secure=secure)
    return client, client.cookies[settings.CSRF_COOKIE_NAME].value


def test_a_post_with_the_pages_own_token_from_the_pages_own_origin_works(cast: Cast) -> None:
    client, token = careful(cast)
    own = {"HTTP_X_CSRFTOKEN": token, "HTTP_ORIGIN": "http://testserver"}
    assert client.post(reverse("tokens"), {"scope": "read", "days": "1"}, **own).status_code == 200
    assert get_token_model().objects.count() == 1


@pytest.mark.parametrize(
    "forged",
    [
        {},
        {"HTTP_X_CSRFTOKEN": "x" * 32},
        {"HTTP_HX_REQUEST": "true"},
        {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"},
        {"own": True, "HTTP_ORIGIN": FOREIGN},
        {"own": True, "HTTP_ORIGIN": "null"},
        {"own": True, "HTTP_ORIGIN": "http://testserver.evil.example"},
        {"own": True, "HTTP_ORIGIN": "http://testserver:8080"},
        {"own": True, "secure": True, "HTTP_REFERER": f"{FOREIGN}/"},
        {"own": True, "secure": True},
    ],
    ids=lambda forged: "+".join(map(str, forged)) or "nothing",
)
def test_a_forged_post_is_refused_and_makes_no_token(cast: Cast, forged: dict[str, Any]) -> None:
    headers = dict(forged)
    secure = headers.pop("secure", False)
    client, token = careful(cast, secure=secure)
    if headers.pop("own", False):
        headers["HTTP_X_CSRFTOKEN"] = token
    assert client.post(reverse("tokens"), secure=secure, **headers).status_code == 403
    assert not get_token_model().objects.exists()


def addresses(cast: Cast) -> Iterator[tuple[str, str]]:
    """Every page's name and an address of it; whether its row exists does not matter here."""
    known = {"slug": cast.project.slug, "uid": "x", "token": "y"}
    for route in urls.urlpatterns:
        names = route.pattern.converters
        yield str(route.name), reverse(str(route.name), kwargs={name: known.get(name, 1) for name in names})


def test_no_page_takes_a_post_from_another_origin(cast: Cast) -> None:
    client, token = careful(cast)
    before = Event.objects.count()
    answers = {
        name: client.post(address, HTTP_X_CSRFTOKEN=token, HTTP_ORIGIN=FOREIGN).status_code
        for name, address in addresses(cast)
    }
    assert set(answers.values()) == {403}, answers
    assert Event.objects.count() == before


def test_signing_in_and_out_cannot_be_forged_either(cast: Cast) -> None:
    client, token = careful(cast)
    for name in ("account_login", "account_logout", "account_change_password", "account_set_password", "admin:login"):
        forged = client.post(reverse(name), HTTP_X_CSRFTOKEN=token, HTTP_ORIGIN=FOREIGN)
        assert (name, forged.status_code) == (name, 403)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_api_takes_no_cookie_without_the_token_that_goes_with_it(cast: Cast, method: str) -> None:
    client, token = careful(cast)
    send = getattr(client, method)
    body = {"name": "Forged", "fields": [], "questions": []}
    for path in ("/api/v1/projects/", cast.url("members"), cast.url("items"), cast.url("claims")):
        for headers in ({}, {"HTTP_X_CSRFTOKEN": token, "HTTP_ORIGIN": FOREIGN}):
            assert send(path, body, content_type="application/json", **headers).status_code in (403, 405)
        assert client.post(path, body, content_type="application/json").status_code in (403, 405)
    assert set(Project.objects.values_list("name", flat=True)) == {cast.project.name, cast.foreign.project.name}


def test_the_api_takes_a_cookie_with_the_token_that_goes_with_it(cast: Cast) -> None:
    client, token = careful(cast)
    body = [{"fields": {"text": "Where is my parcel?"}}]
    own = {"HTTP_X_CSRFTOKEN": token, "HTTP_ORIGIN": "http://testserver"}
    assert client.post(cast.url("items"), body, content_type="application/json", **own).status_code == 201


def test_nothing_is_exempt_from_the_check() -> None:
    """Views that check by themselves (the API) or answer anybody the same are named here; a new one has to be."""

    def exempt(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
        for entry in patterns:
            path = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from exempt(entry.url_patterns, path)
            elif getattr(entry.callback, "csrf_exempt", False):
                yield path

    others = [path for path in exempt(get_resolver().url_patterns) if not path.startswith("api/")]
    assert others == []
