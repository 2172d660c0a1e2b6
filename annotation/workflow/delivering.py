"""Send what lies in the outbox to its targets, until it arrives or a day has passed."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx2
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from annotation.llms.background import submit
from annotation.models import Delivery, JobState, NotificationKind

from .announcing import tell_once
from .jobs import lease_job, unheld
from .sealing import Unreadable, unseal

# For the whole request and the head of its reply; the body is not read.
DEADLINE = 10.0
# Longer than a request can take: a worker that died over one holds it no longer.
LEASE = timedelta(seconds=30)
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=2)
PATIENCE = timedelta(days=1)
KEPT = timedelta(days=30)
# A sweep wakes workers for so many; the others follow in the next.
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Result:
    """`status` is None where no reply came; `error` is empty where the target took the message."""

    status: int | None
    error: str


def deliver(pk: int) -> None:
    """Send it once, if it is due and nobody else is at it.

    At least once: a worker that dies after the target's reply leaves it to be sent again, under the same id.
    """
    due = Delivery.objects.filter(due_at__lte=Now(), webhook__active=True)
    if not lease_job(due, pk, lease=LEASE):
        return
    delivery = Delivery.objects.select_related("webhook", "project").get(pk=pk)
    try:
        secret = unseal(delivery.webhook.sealed_secret)
    except Unreadable:
        result = Result(None, "The secret cannot be read: the site's SECRET_KEY was changed. Make a new one.")
    else:
        headers = signed_headers(delivery, secret, int(timezone.now().timestamp()))
        result = submit(_send(delivery.webhook.url, headers, delivery.body.encode())).result()
    if not result.error:
        Delivery.objects.filter(pk=pk, state=JobState.RUNNING).update(
            state=JobState.DONE, status=result.status, error="", finished_at=Now(), leased_until=None
        )
        return
    _put_off(delivery, result)


def signed_headers(delivery: Delivery, secret: str, timestamp: int) -> dict[str, str]:
    """HMAC-SHA256 over the timestamp (seconds since 1970), a point, and the body (docs/webhooks.md)."""
    signed = f"{timestamp}.{delivery.body}".encode()
    return {
        "content-type": "application/json",
        "user-agent": "SynthWeb",
        "accept-encoding": "identity",
        "x-synthweb-event": delivery.event,
        "x-synthweb-delivery": str(delivery.key),
        "x-synthweb-timestamp": str(timestamp),
        "x-synthweb-signature": f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}",
    }


def find_due_deliveries() -> list[int]:
    """Those that should be sent and that nobody holds, the oldest first."""
    due = Delivery.objects.filter(unheld(), state__in=JobState.active(), due_at__lte=Now(), webhook__active=True)
    return list(due.order_by("due_at").values_list("pk", flat=True)[:AT_ONCE])


def give_up_old_deliveries() -> None:
    """Nobody waits for a target that was switched off meanwhile."""
    old = Delivery.objects.filter(
        state__in=JobState.active(), webhook__active=False, created_at__lt=Now() - PATIENCE
    ).filter(unheld())
    old.update(state=JobState.FAILED, error="The target was inactive for a day.", finished_at=Now())


def forget_deliveries() -> None:
    """The log reaches back a month."""
    Delivery.objects.filter(created_at__lt=Now() - KEPT).exclude(state__in=JobState.active()).delete()


async def _send(url: str, headers: dict[str, str], body: bytes) -> Result:
    """What a target answers stays with it: only its status is told."""
    try:
        async with asyncio.timeout(DEADLINE):
            transport = httpx2.AsyncHTTPTransport(trust_env=False)
            async with (
                httpx2.AsyncClient(
                    transport=transport, follow_redirects=False, trust_env=False, timeout=httpx2.Timeout(None)
                ) as client,
                client.stream("POST", url, content=body, headers=headers) as response,
            ):
                status = response.status_code
    except TimeoutError:
        return Result(None, f"No reply within {DEADLINE:.0f} seconds.")
    except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError) as error:
        return Result(None, f"The target cannot be reached ({type(error).__name__}).")
    if 300 <= status < 400:
        return Result(status, f"The target answered {status}, a redirect; none is followed.")
    return Result(status, "" if 200 <= status < 300 else f"The target answered {status}.")


@transaction.atomic
def _put_off(delivery: Delivery, result: Result) -> None:
    mine = Delivery.objects.filter(pk=delivery.pk, state=JobState.RUNNING, attempts=delivery.attempts)
    due = timezone.now() + _pause(delivery.attempts)
    if due < delivery.created_at + PATIENCE:
        mine.update(state=JobState.PENDING, status=result.status, error=result.error, due_at=due, leased_until=None)
        if result.status is None:
            _spare(delivery, due)
    elif mine.update(
        state=JobState.FAILED, status=result.status, error=result.error, finished_at=Now(), leased_until=None
    ):
        _say_given_up(delivery, timezone.now())


def _pause(attempts: int) -> timedelta:
    """Doubled each time, and never the same for two: targets that fell over together are not asked together."""
    return min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE) * random.uniform(0.5, 1.5)


def _spare(delivery: Delivery, due: datetime) -> None:
    """Whoever did not answer this one is not asked for the others before: each would hold a worker to its deadline."""
    others = Delivery.objects.filter(webhook=delivery.webhook_id, state=JobState.PENDING).exclude(pk=delivery.pk)
    others.filter(due_at__lt=due).update(due_at=due)


def _say_given_up(delivery: Delivery, now: datetime) -> None:
    if delivery.project is None:
        return
    tell_once(
        delivery.project,
        NotificationKind.WEBHOOK_FAILED,
        # A target that is gone is told of once a day, not once per message.
        occurrence=f"{delivery.webhook_id}:{now:%Y-%m-%d}",
        webhook=delivery.webhook.name,
    )
