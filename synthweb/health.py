"""`/healthz`: does the site work, in a look cheap enough to be taken every second."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from synthweb import heartbeat

DEADLINE = 0.8  # seconds: a hanging server counts as down
FRESH = 2.0  # seconds an answer is given again without looking
LOOK = "SELECT 1"

# A thread each: a server that hangs holds up its own next probe, not the other's.
_database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health-database")
_broker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="health-broker")
_lock = threading.Lock()
_last: tuple[float, dict[str, object]] | None = None


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while pages can be served, 503 where not.

    `workers` is told, not judged: without workers people still annotate, and what they ask of models waits in its rows.
    """
    state = _state()
    if state["status"] == "ok":
        return JsonResponse(state)
    return JsonResponse(state, status=503, headers={"Retry-After": "5"})


def _state() -> dict[str, object]:
    global _last
    with _lock:
        if _last is None or time.monotonic() - _last[0] > FRESH:
            _last = (time.monotonic(), _look())
        return _last[1]


def _look() -> dict[str, object]:
    deadline = time.monotonic() + DEADLINE
    database = _database.submit(_ask_database, connection.get_connection_params())
    broker = _broker.submit(heartbeat.alive)
    workers = _answer(broker, deadline)
    database_up = _answer(database, deadline) is not None
    return {
        "status": "ok" if database_up and workers is not None else "down",
        "database": "ok" if database_up else "down",
        "broker": "ok" if workers is not None else "down",
        "workers": workers or 0,
    }


def _ask_database(parameters: dict[str, object]) -> int:
    # A connection of its own: the pool would make us wait for one while the database is away.
    asked: dict[str, Any] = {**parameters, "options": "-c statement_timeout=1s"}
    with psycopg.connect(**asked) as probe:
        return probe.execute(LOOK).rowcount


def _answer(probe: Future[int], deadline: float) -> int | None:
    try:
        return probe.result(timeout=max(0.0, deadline - time.monotonic()))
    except Exception:  # whatever the driver raises, and the deadline: to the asker it is down
        return None
