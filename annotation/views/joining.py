"""Following an invitation: for somebody who is signed in, and for somebody who has no account yet."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.forms.people import JoinForm
from annotation.models import Invitation, Membership
from annotation.workflow.errors import Conflict, Refused
from annotation.workflow.inviting import find_by_token, join, join_anew

from .rendering import refuse

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "POST"])
def join_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Say what the link leads to, and join by POST. 410 once it lets nobody in; 429 to who tries too many."""
    # Names that are tried and accounts that are made, from one address. Links need no limit: 256 bits are not guessed.
    if not request.user.is_authenticated and not ratelimit.consume(request, action="signup"):
        return ratelimit.respond_429(request)
    invitation = find_by_token(token)
    if invitation is None:
        return render(request, "account/invitation_closed.html", status=410)
    if request.user.is_authenticated:
        return _member(request, invitation)
    return _newcomer(request, invitation, token)


def _member(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    person: Any = request.user
    if Membership.objects.filter(project=invitation.project_id, user=person).exists():
        return redirect("project_overview", invitation.project.slug)
    if request.method == "GET":
        return render(request, "account/invitation.html", {"invitation": invitation})
    try:
        join(invitation, person)
    except Conflict:
        return render(request, "account/invitation_closed.html", status=410)
    messages.success(request, _("Welcome to “%(project)s”.") % {"project": invitation.project.name})
    return redirect("project_overview", invitation.project.slug)


def _newcomer(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            membership = join_anew(invitation, form.cleaned_data["username"], form.cleaned_data["password"])
        except Conflict:
            return render(request, "account/invitation_closed.html", status=410)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            login(request, membership.user, backend=BACKEND)
            messages.success(request, _("Welcome to “%(project)s”.") % {"project": invitation.project.name})
            return redirect("project_overview", invitation.project.slug)
    sign_in = f"{reverse('account_login')}?next={reverse('join', args=[token])}"
    context = {"invitation": invitation, "form": form, "sign_in_url": sign_in}
    return render(request, "account/invitation.html", context, status=422 if form.is_bound else 200)
