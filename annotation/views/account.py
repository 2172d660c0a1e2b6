"""Signing in by link, and the keys of one's own."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.forms.preferences import HotkeyForm
from annotation.models.preferences import DEFAULT_HOTKEYS, hotkeys_of
from annotation.workflow.errors import Refused
from annotation.workflow.people import find_by_sign_in_link, spend_sign_in_link
from annotation.workflow.preferences import reset_hotkeys, set_hotkeys

from .rendering import refuse
from .requests import SignedInRequest

BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD_HINT = gettext_noop(
    "This link is used up. To come back, set a password: your name at the top, then “Password”."
)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_link(request: SignedInRequest, uid: str, token: str) -> HttpResponse:
    """Ask first, sign in by POST: programs that preview links would spend it otherwise. 410 once it is spent."""
    person = (find_by_sign_in_link if request.method == "GET" else spend_sign_in_link)(uid, token)
    if person is None:
        return render(request, "account/link_spent.html", status=410)
    if request.method == "GET":
        return render(request, "account/link.html", {"person": person})
    login(request, person, backend=BACKEND)
    if not person.has_usable_password():
        messages.info(request, _(PASSWORD_HINT))
    return redirect(settings.LOGIN_REDIRECT_URL)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def preferences(request: SignedInRequest) -> HttpResponse:
    """Which key does what; a key with two uses is refused, and everything typed is kept."""
    if request.method == "POST" and "reset" in request.POST:
        reset_hotkeys(request.user)
        messages.success(request, _("Your keys are the usual ones again."))
        return redirect("preferences")
    form = HotkeyForm(request.POST if request.method == "POST" else None, preferences=request.user.preferences)
    if form.is_valid():
        try:
            set_hotkeys(request.user, form.keys, swipe=form.cleaned_data["swipe"])
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("preferences")
    is_changed = hotkeys_of(request.user.preferences) != DEFAULT_HOTKEYS
    status = 422 if form.errors else 200
    return render(request, "account/preferences.html", {"form": form, "is_changed": is_changed}, status=status)
