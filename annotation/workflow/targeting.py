"""Administrators say where webhooks go; leads say what each of these targets hears of their project."""

from __future__ import annotations

import logging
import re
import secrets
import uuid
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import PROJECT_EVENTS, Project, Subscription, User, Webhook

from .announcing import post
from .errors import Refused
from .sealing import seal

logger = logging.getLogger(__name__)

TEST = "test"


@transaction.atomic
def add_webhook(*, name: str, url: str, active: bool = True, by: User) -> tuple[Webhook, str]:
    """The target and its secret, which nobody can read again. Raises Refused, naming the field."""
    webhook = Webhook(created_by=by)
    secret = _new_secret(webhook)
    return _write(webhook, name, url, active, by), secret


@transaction.atomic
def change_webhook(webhook: Webhook, *, url: str, active: bool, by: User) -> Webhook:
    """It keeps its name and its secret. What waits for an inactive one waits on, up to a day. Raises Refused."""
    return _write(webhook, webhook.name, url, active, by)


def renew_secret(webhook: Webhook, *, by: User) -> str:
    """A new secret, in force from the next request on."""
    secret = _new_secret(webhook)
    webhook.save(update_fields=["sealed_secret"])
    logger.info("The secret of webhook %s was renewed by %s", webhook.name, by)
    return secret


def send_test(webhook: Webhook, *, project: Project | None = None) -> None:
    """A message that tells of nothing, through the same outbox. Raises Refused where the target is inactive."""
    if not webhook.active:
        raise Refused(_("“%(name)s” is inactive: nothing is sent to it.") % {"name": webhook.name})
    post([webhook], TEST, project=project, occurrence=uuid.uuid4().hex, data={})


def subscribe(project: Project, webhook: Webhook, events: Sequence[str]) -> Subscription:
    """What this target hears of the project from now on, in place of what it heard before. Raises Refused."""
    if unknown := set(events) - {kind.value for kind in PROJECT_EVENTS}:
        raise Refused(_("There is no event “%(event)s”.") % {"event": min(unknown)[:80]}, "events")
    chosen = [kind.value for kind in PROJECT_EVENTS if kind in events]
    return Subscription.objects.update_or_create(project=project, webhook=webhook, defaults={"events": chosen})[0]


def check_url(url: str) -> str:
    """The address as it is called. Raises Refused. Private addresses are fine: it is administrators who decide."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        # Reading it is what tells an impossible port.
        possible = parts.port is None or parts.port > 0
    except ValueError:
        possible = False
    if not possible or parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(_("The address starts with http:// or https://, such as https://hooks.example.org/in."), "url")
    if parts.username is not None or parts.password is not None:
        raise Refused(_("The address has no user name or password in it; requests are signed instead."), "url")
    if parts.fragment or re.search(r"[^\x21-\x7e]", url):
        raise Refused(_("The address has no “#”, no spaces and no letters beyond ASCII."), "url")
    return url


def _new_secret(webhook: Webhook) -> str:
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    webhook.sealed_secret = seal(secret)
    return secret


def _write(webhook: Webhook, name: str, url: str, active: bool, by: User) -> Webhook:
    webhook.name, webhook.url, webhook.active = name, check_url(url), active
    try:
        webhook.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise Refused(messages[0], "" if field == "__all__" else field) from error
    webhook.save()
    logger.info("Webhook %s was saved by %s", webhook.name, by)
    return webhook
