"""How to begin with the API: docs/api.md as a page."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from .requests import SignedInRequest


@login_required
@require_GET
def api_guide(request: SignedInRequest) -> HttpResponse:
    return render(request, "api/guide.html", {"guide": _guide()})


@cache
def _guide() -> str:
    """Without its title, which is the page's."""
    text: str = (settings.BASE_DIR / "docs" / "api.md").read_text("utf-8")
    return text.partition("\n")[2]
