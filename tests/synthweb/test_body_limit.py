"""What is too large is refused before it is read, whoever sends it and wherever to."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from synthweb.body_limit import FORM_OVERHEAD, BodyLimit


def passed_on(request: HttpRequest) -> HttpResponse:
    return HttpResponse("read")


@pytest.fixture(autouse=True)
def one_megabyte(settings: LazySettings) -> None:
    settings.SYNTHWEB_MAX_UPLOAD_MB = 1


@pytest.mark.parametrize(
    ("announced", "status"),
    [((1 << 20) + FORM_OVERHEAD, 200), ((1 << 20) + FORM_OVERHEAD + 1, 413), ("", 200), ("nonsense", 200)],
)
def test_the_announced_length_decides(announced: Any, status: int) -> None:
    request = RequestFactory().post("/accounts/login/")
    request.META["CONTENT_LENGTH"] = str(announced)
    assert BodyLimit(passed_on)(request).status_code == status


def test_the_api_has_a_limit_of_its_own() -> None:
    request = RequestFactory().post("/api/v1/projects/")
    request.META["CONTENT_LENGTH"] = str(1 << 40)
    assert BodyLimit(passed_on)(request).status_code == 200
