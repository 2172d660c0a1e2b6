"""Tell people and other programs what happened to a project, in the transaction in which it happens."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotation.models import (
    Delivery,
    Membership,
    Notification,
    NotificationKind,
    Project,
    Role,
    Subscription,
    Webhook,
)

from .publishing import publish


@transaction.atomic
def announce(
    project: Project,
    kind: NotificationKind,
    *,
    occurrence: str,
    also: Iterable[int | None] = (),
    **data: Any,
) -> None:
    """Into the inboxes of the project's managers and of `also` (ids of users), and to the webhooks that listen.

    Once per `occurrence`, however often it is called. `data` leaves the house: ids, names and figures, no texts.
    """
    tell_once(project, kind, occurrence=occurrence, also=also, **data)
    listening = Subscription.objects.filter(project=project, webhook__active=True, events__contains=[kind.value])
    post(
        [subscription.webhook for subscription in listening.select_related("webhook")],
        kind.value,
        project=project,
        occurrence=occurrence,
        data=data,
    )


def tell_once(
    project: Project, kind: NotificationKind, *, occurrence: str, also: Iterable[int | None] = (), **data: Any
) -> None:
    """One notification for each manager and each of `also` who is in the project and wants to hear of this kind."""
    members = Membership.objects.filter(project=project).exclude(muted__contains=[kind.value])
    people = members.filter(role=Role.MANAGER) | members.filter(user__in=[pk for pk in also if pk is not None])
    # Ignored where it is there already: a message that comes again tells nobody twice.
    Notification.objects.bulk_create(
        (
            Notification(user_id=pk, project=project, kind=kind, occurrence=occurrence, data=data)
            for pk in people.order_by("user").values_list("user", flat=True)
        ),
        ignore_conflicts=True,
    )


def post(
    webhooks: Iterable[Webhook], event: str, *, project: Project | None, occurrence: str, data: Mapping[str, Any]
) -> None:
    """Put a message for each of these targets into the outbox: rows that are committed with what they tell of."""
    at = timezone.now().isoformat(timespec="seconds")
    where = {"id": project.pk, "slug": project.slug, "name": project.name} if project else None
    rows = []
    for webhook in webhooks:
        key = uuid.uuid4()
        body = {"id": str(key), "event": event, "at": at, "project": where, "data": data}
        rows.append(
            Delivery(
                key=key,
                webhook=webhook,
                project=project,
                event=event,
                occurrence=occurrence,
                body=json.dumps(body, ensure_ascii=False),
            )
        )
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    for pk in Delivery.objects.filter(key__in=[row.key for row in rows]).values_list("pk", flat=True):
        publish("deliver", pk)
