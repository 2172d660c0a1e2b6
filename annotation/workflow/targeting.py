"""Administrators say where webhooks go; leads say what each of these targets hears of their project."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.models import PROJECT_EVENTS, Project, Subscription, User, Webhook

from .addresses import PLAIN, has_password, parts_of
from .announcing import post
from .errors import Refused, check_row
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
    """The address as it is called. Raises Refused."""
    url = url.strip()
    parts = parts_of(url)
    if parts is None:
        raise Refused(_("The address starts with http:// or https://, such as https://hooks.example.org/in."), "url")
    if has_password(parts):
        raise Refused(_("The address has no user name or password in it; requests are signed instead."), "url")
    if parts.fragment or not PLAIN.fullmatch(url):
        raise Refused(_("The address has no “#”, no spaces and no letters beyond ASCII."), "url")
    return url


def _new_secret(webhook: Webhook) -> str:
    secret = f"whsec_{secrets.token_urlsafe(32)}"
    webhook.sealed_secret = seal(secret)
    return secret


def _write(webhook: Webhook, name: str, url: str, active: bool, by: User) -> Webhook:
    webhook.name, webhook.url, webhook.active = name, check_url(url), active
    check_row(webhook)
    webhook.save()
    logger.info("Webhook %s was saved by %s", webhook.name, by)
    return webhook
