"""What a view is given."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from annotation.models import User


class SignedInRequest(HttpRequest):
    """A request behind `login_required`, as the middlewares leave it. For the type checker: nothing makes one."""

    user: User
    htmx: HtmxDetails
