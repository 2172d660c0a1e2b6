"""Requests that are sent twice are done once: what was answered first is answered again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from psycopg.errors import LockNotAvailable, QueryCanceled

from annotation.models import KeptReply, User

from .errors import Conflict, KeyReused
from .sealing import Unreadable, seal, unseal

KEPT = timedelta(hours=24)
# Rows that one sweep deletes.
FORGOTTEN = 1_000

# Whoever sends the same key at the same moment waits here until the first one's transaction is over.
RESERVE = """
    INSERT INTO annotation_keptreply AS kept (user_id, key, fingerprint, status, content_type, body)
    VALUES (%(user)s, %(key)s, %(fingerprint)s, 0, '', '')
    ON CONFLICT (user_id, key) DO UPDATE
    SET fingerprint = EXCLUDED.fingerprint, status = 0, content_type = '', body = '', created_at = now()
    WHERE kept.created_at < now() - make_interval(secs => %(seconds)s)
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    content_type: str
    body: str


def find_reply(user: User, key: str, fingerprint: str) -> Reply | None:
    """What this request was answered within the last day; None reserves its key until the transaction is over.

    Call it first thing in the transaction of what the request does. Raises KeyReused where the key belongs to another
    request, Conflict where the first one is still at work, or what it was answered cannot be read any more.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                RESERVE, {"user": user.pk, "key": key, "fingerprint": fingerprint, "seconds": KEPT.total_seconds()}
            )
            if cursor.fetchone():
                return None
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | QueryCanceled):
            raise Conflict(_("A request with this key is still being answered; ask again in a moment.")) from error
        raise
    kept = KeptReply.objects.get(user=user, key=key)
    if kept.fingerprint != fingerprint:
        raise KeyReused(_("This Idempotency-Key belongs to another request; use a new one for each."))
    try:
        return Reply(kept.status, kept.content_type, unseal(kept.body))
    except Unreadable as error:
        raise Conflict(_("This was done already; its answer cannot be read any more.")) from error


def keep_reply(user: User, key: str, reply: Reply) -> None:
    mine = KeptReply.objects.filter(user=user, key=key)
    mine.update(status=reply.status, content_type=reply.content_type, body=seal(reply.body))


def release_key(user: User, key: str) -> None:
    """A request that was refused has done nothing: it may be sent again, and differently."""
    KeptReply.objects.filter(user=user, key=key).delete()


def forget_replies() -> None:
    old = KeptReply.objects.filter(created_at__lt=Now() - KEPT).order_by("created_at").values("pk")[:FORGOTTEN]
    KeptReply.objects.filter(pk__in=old).delete()
