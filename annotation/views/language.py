"""Choosing the language of one's pages."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from annotation.workflow.preferences import set_language

from .rendering import warned
from .requests import SignedInRequest


@login_required
@require_POST
def language(request: SignedInRequest) -> HttpResponse:
    """Back to the page where it was chosen."""
    with warned(request):
        set_language(request.user, request.POST.get("language", ""))
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe else "home")
