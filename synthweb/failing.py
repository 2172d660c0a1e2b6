"""What a page or a call that failed says: 503 while the database cannot be reached, 500 where the mistake is ours."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token
from django.views.defaults import server_error

RETRY_AFTER = "5"  # seconds


@requires_csrf_token
def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is being handled."""
    if request.path.startswith("/api/"):
        # Where the database is away the API says so itself.
        detail = "Something broke on our side. It is in the server's log."
        body = {"type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": detail}
        return JsonResponse(body, status=500, content_type="application/problem+json")
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return server_error(request)
    # Without the request: who is signed in stands in the database.
    page = render_to_string("503.html")
    return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"})
