"""What every project page shares: the shell with its role flags, page or partial, refusals as form errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

from annotation.models import Membership, Project
from annotation.workflow.errors import Refused

from .requests import SignedInRequest


def shell(request: SignedInRequest, membership: Membership, section: str) -> dict[str, Any]:
    """What base.html wants to know of the project around a page. `projects` is read only where the shell is drawn."""
    return {
        "project": membership.project,
        "projects": Project.objects.visible_to(request.user).only("name", "slug").order_by("name"),
        "section": section,
        "can_manage": membership.may_manage,
        "can_review": membership.may_review,
        "can_annotate": True,
    }


def page(
    request: SignedInRequest,
    membership: Membership,
    template: str,
    context: dict[str, Any],
    *,
    section: str,
    partial: str = "",
    status: int = 200,
) -> HttpResponse:
    """A project's page, or to htmx `partial` alone. The same URL answers both, so caches have to tell them apart."""
    chosen = partial if partial and wants_partial(request) else template
    response = render(request, chosen, {**shell(request, membership, section), **context}, status=status)
    if partial:
        patch_vary_headers(response, ["HX-Request"])
    return response


def wants_partial(request: SignedInRequest) -> bool:
    """True where htmx swaps a part. A boosted link, or a page taken from the history, wants all of it."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def refuse(form: forms.BaseForm, refusal: Refused, fields: dict[str, str] | None = None) -> None:
    """Show a verb's refusal at the input at fault; `fields` translates the verb's names into the form's."""
    name = refusal.field.removeprefix("policy.")
    name = (fields or {}).get(name, name)
    form.add_error(name if name in form.fields else None, str(refusal))


def faults(*bound: forms.BaseForm) -> str:
    """What is wrong with them, where no form is shown that could say it."""
    return " ".join(str(error) for form in bound for errors in form.errors.values() for error in errors)


def lead_on(request: SignedInRequest, to: str, *arguments: Any) -> HttpResponse:
    """To the next page. A script that sent a file (js/upload.js) goes there itself: it is told the address."""
    address = resolve_url(to, *arguments)
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@contextmanager
def warned(request: SignedInRequest) -> Iterator[None]:
    """A verb's refusal as a message on the page that follows, which shows how things stand."""
    try:
        yield
    except Refused as refusal:
        messages.warning(request, str(refusal))
