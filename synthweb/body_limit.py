"""Refuse a body that is too large before a byte of it is read."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

FORM_OVERHEAD = 1 << 20  # bytes that a form's other fields and boundaries may add to its file


class BodyLimit:
    """413 for pages. Stands before the CSRF check, which reads the body; the API has a limit of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a length the server hands us no body.
        announced = request.META.get("CONTENT_LENGTH") or "0"
        length = int(announced) if announced.isdecimal() else 0
        limit = (settings.SYNTHWEB_MAX_UPLOAD_MB << 20) + FORM_OVERHEAD
        if length > limit and not request.path.startswith("/api/"):
            return render(request, "413.html", status=413)
        return self.get_response(request)
