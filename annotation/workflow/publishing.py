"""Wake a worker once the rows that say what is pending are committed."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def publish(task: str, *args: int, expires: float | None = None) -> None:
    """Send `annotation.tasks.<task>` after commit. A lost message costs only time: the sweep looks at the rows.

    `expires` (seconds) keeps repeated wake-ups from piling up before a busy worker.
    """
    transaction.on_commit(partial(_send, task, args, expires))


def _send(task: str, args: tuple[int, ...], expires: float | None) -> None:
    try:
        current_app.send_task(f"annotation.tasks.{task}", args=args, expires=expires, retry=False)
    except (OperationalError, ConnectionError, OSError) as error:
        logger.warning("broker unreachable, the sweep will send %s%s later: %s", task, args, type(error).__name__)
