"""Webhooks: their targets for administrators, and what these hear of a project for its leads."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.forms.webhooks import SubscriptionsForm, WebhookForm
from annotation.models import Project, Webhook
from annotation.reports.outbox import deliveries_page, subscribed
from annotation.workflow.access import get_manager_membership_for
from annotation.workflow.errors import Refused
from annotation.workflow.targeting import add_webhook, change_webhook, renew_secret, send_test, subscribe

from .paging import ends_of, neighbours
from .rendering import page, refuse
from .requests import SignedInRequest


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: SignedInRequest) -> HttpResponse:
    """All targets, and a form that adds one, or changes the one that `?change=` names. 404 for everybody else.

    A new secret is on the answer to the POST that made it, and nowhere else.
    """
    if not request.user.has_perms(["annotation.add_webhook", "annotation.change_webhook"]):
        raise Http404(_("There is no such page."))
    if "test" in request.POST:
        return _test(request, None, "webhooks")
    if "renew" in request.POST:
        renewed = get_object_or_404(Webhook, name=request.POST["renew"])
        return _targets(request, WebhookForm(), None, made=renewed, secret=renew_secret(renewed, by=request.user))
    name = request.GET.get("change", "")
    changed = get_object_or_404(Webhook, name=name) if name else None
    form = WebhookForm(request.POST if request.method == "POST" else None, instance=changed)
    if form.is_valid():
        settings = {key: form.cleaned_data[key] for key in ("url", "active")}
        try:
            if changed is None:
                made, secret = add_webhook(name=form.cleaned_data["name"], **settings, by=request.user)
                return _targets(request, WebhookForm(), None, made=made, secret=secret)
            change_webhook(Webhook.objects.get(pk=changed.pk), **settings, by=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("The webhook “%(name)s” is saved.") % {"name": changed.name})
            return redirect("webhooks")
    return _targets(request, form, changed)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def project_webhooks(request: SignedInRequest, slug: str) -> HttpResponse:
    """What each target hears of this project, and what was sent."""
    membership = get_manager_membership_for(request.user, slug)
    if "test" in request.POST:
        return _test(request, membership.project, "project_webhooks", slug)
    posted = request.POST if request.method == "POST" else None
    form = SubscriptionsForm(posted, targets=subscribed(membership.project))
    if form.is_valid():
        for webhook, events in form.chosen:
            subscribe(membership.project, webhook, events)
        messages.success(request, _("Saved."))
        return redirect("project_webhooks", slug)
    context = {"form": form, **_log(request, membership.project)}
    status = 422 if form.errors else 200
    return page(request, membership, "webhooks/project.html", context, section="settings", status=status)


def _targets(
    request: SignedInRequest,
    form: WebhookForm,
    changed: Webhook | None,
    *,
    made: Webhook | None = None,
    secret: str = "",
) -> HttpResponse:
    context = {
        "webhooks": Webhook.objects.order_by("-active", "name"),
        "form": form,
        "changed": changed,
        "made": made,
        "secret": secret,
        **_log(request, None),
    }
    return render(request, "webhooks/list.html", context, status=422 if form.is_bound else 200)


def _test(request: SignedInRequest, project: Project | None, to: str, *args: str) -> HttpResponse:
    webhook = get_object_or_404(Webhook, name=request.POST["test"])
    try:
        send_test(webhook, project=project)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("A test is on its way to “%(name)s”; see below.") % {"name": webhook.name})
    return redirect(to, *args)


def _log(request: SignedInRequest, project: Project | None) -> dict[str, Any]:
    found = deliveries_page(project, **ends_of(request))
    return {
        "deliveries": found.rows,
        **neighbours(found),
    }
