"""A person's API tokens: making them, looking at them, revoking them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotation.forms.tokens import TokenForm
from annotation.models import Project, TokenGrant
from annotation.workflow.errors import Refused
from annotation.workflow.tokens import find_projects_of, make_token, revoke_grant

from .rendering import refuse
from .requests import SignedInRequest


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: SignedInRequest) -> HttpResponse:
    """The person's tokens. A new one is on the answer to the POST that made it, and nowhere else."""
    form = TokenForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            grant, token = make_token(
                request.user,
                scope=asked["scope"],
                name=asked["name"],
                days=asked["days"],
                projects=find_projects_of(request.user, asked.get("projects", [])),
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return _page(request, TokenForm(user=request.user), made=grant, created=token)
    return _page(request, form)


@login_required
@require_POST
def token_revoke(request: SignedInRequest) -> HttpResponse:
    number = request.POST.get("number", "")
    known = number.isascii() and number.isdigit() and len(number) < 19
    found = TokenGrant.objects.filter(user=request.user, number=number).first() if known else None
    if found is None:
        messages.warning(request, _("There was no such token any more."))
    else:
        revoke_grant(found)
        messages.success(request, _("The token is revoked."))
    return redirect("tokens")


def _page(
    request: SignedInRequest, form: TokenForm, *, made: TokenGrant | None = None, created: str = ""
) -> HttpResponse:
    grants = list(TokenGrant.objects.filter(user=request.user).select_related("token").order_by("-token__created"))
    limits = {pk for grant in grants for pk in grant.projects}
    names = dict(Project.objects.filter(pk__in=limits).values_list("pk", "name")) if limits else {}
    rows: list[dict[str, Any]] = [
        {"grant": grant, "projects": [names[pk] for pk in grant.projects if pk in names]} for grant in grants
    ]
    context = {
        "tokens": rows,
        "form": form,
        "made": made,
        "created": created,
        "api_url": request.build_absolute_uri("/api/v1/"),
    }
    return render(request, "account/tokens.html", context, status=422 if form.errors else 200)
