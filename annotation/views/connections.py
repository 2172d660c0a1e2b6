"""Connections to models behind endpoints, for the site's administrators."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from annotation.forms.connections import ConnectionForm
from annotation.models import Connection
from annotation.workflow.errors import Refused

from .rendering import refuse
from .requests import SignedInRequest


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def connections(request: SignedInRequest) -> HttpResponse:
    """All of them, and a form that adds one, or changes the one that `?change=` names. 404 for everybody else."""
    if not request.user.has_perms(["annotation.add_connection", "annotation.change_connection"]):
        raise Http404(_("There is no such page."))
    name = request.GET.get("change", "")
    changed = Connection.objects.filter(name=name).first() if name else None
    if name and changed is None:
        raise Http404(_("There is no such connection."))
    form = ConnectionForm(request.POST if request.method == "POST" else None, instance=changed)
    if form.is_valid():
        try:
            saved = form.commit(by=request.user)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("The connection “%(name)s” is saved.") % {"name": saved.name})
            return redirect("connections")
    context = {"connections": Connection.objects.order_by("-active", "name"), "changed": changed, "form": form}
    return render(request, "connections/list.html", context, status=422 if form.is_bound else 200)
